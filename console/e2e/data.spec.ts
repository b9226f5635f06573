// The pages that show what was found, against a service that has classified the demo estate: their
// figures are the API's, and lead to the lists they count.
import type { Page } from "@playwright/test";

import { expect, master, signIn, test } from "./support";

type Json = Record<string, unknown>;
interface Listed {
  objects: { accountId: string; bucket: string; key: string; outcome: string; dlp_risk?: number }[];
  nextToken?: string;
}
interface Figures {
  highRiskObjects: number;
  riskHistogram: number[];
  outcomes: { outcome: string; reason: string; objects: number }[];
  piiTypes: { name: string; objects: number }[];
}

async function get<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1${path}`);
  expect(answer.ok(), path).toBe(true);
  return (await answer.json()) as T;
}

// All objects of a filter that looks at one after the other: a page of it may be short, or empty.
async function listAll(page: Page, query: string): Promise<Listed["objects"]> {
  const objects: Listed["objects"] = [];
  let token = "";
  do {
    const next = await get<Listed>(page, `/objects?${query}&limit=1000${token && `&nextToken=${token}`}`);
    objects.push(...next.objects);
    token = next.nextToken ?? "";
  } while (token);
  return objects;
}

// Rows of the Objects table once it has as many as expected.
async function expectRows(page: Page, count: number): Promise<void> {
  await expect(page.getByRole("table", { name: "Objects" }).locator("tbody tr")).toHaveCount(count);
}

const sum = (figures: Figures, outcome: string) =>
  figures.outcomes.filter((row) => row.outcome === outcome).reduce((all, row) => all + row.objects, 0);

test("the dashboard's figures are the API's and lead to their lists", async ({ page }) => {
  await signIn(page, "/dashboard");
  const figures = await get<Figures>(page, "/dashboard");
  expect(figures.highRiskObjects).toBeGreaterThan(0);
  for (const outcome of ["classified", "skipped", "failed"]) {
    const link = page.locator(`a[href="/objects?outcome=${outcome}"]`).first();
    await expect(link).toHaveText(String(sum(figures, outcome)));
  }
  for (const [risk, objects] of figures.riskHistogram.entries()) {
    await expect(page.getByRole("link", { name: `Risk ${risk}: ${objects}`, exact: true })).toBeVisible();
  }
  await page.getByRole("link", { name: String(figures.highRiskObjects), exact: true }).first().click();
  await expect(page).toHaveURL(/\/objects\?outcome=classified&minRisk=8$/);
  await expectRows(page, figures.highRiskObjects);
});

test("the minimum risk narrows what was found and the lists behind it", async ({ page }) => {
  await signIn(page, "/dashboard?minRisk=5");
  const [wanted] = (await get<Figures>(page, "/dashboard?minRisk=5")).piiTypes;
  if (!wanted) throw new Error("no PII of risk 5 in the estate");
  const listed = await get<Listed>(page, `/objects?piiType=${wanted.name}&minRisk=5&limit=1000`);
  expect(listed.objects).toHaveLength(wanted.objects);
  const table = page.getByRole("table", { name: "PII by type" });
  const row = table.locator("tbody tr").filter({ has: page.locator(`a[href*="piiType=${wanted.name}"]`) });
  await expect(row.getByRole("cell").last()).toHaveText(String(wanted.objects));
  await page.getByRole("slider", { name: "Minimum risk" }).focus();
  await page.keyboard.press("ArrowRight");
  await expect(page).toHaveURL(/minRisk=6/);
  await expect(page.getByRole("slider", { name: "Minimum risk" })).toBeFocused();
});

test("pages of objects go on and back, without losing or repeating a row", async ({ page }) => {
  await signIn(page, "/objects?order=key");
  const all = await get<Listed>(page, "/objects?order=key&limit=1000");
  expect(all.objects.length).toBeGreaterThan(100);
  const links = page.getByRole("table", { name: "Objects" }).locator("tbody a");
  const seen: string[] = [];
  const pages = Math.ceil(all.objects.length / 50);
  for (let number = 1; number <= pages; ++number) {
    await expect(page.getByText(`Page ${number}`, { exact: true })).toBeVisible();
    const rows = Math.min(50, all.objects.length - 50 * (number - 1));
    await expect(links).toHaveCount(rows);
    await expect(links.first()).toHaveText(all.objects[50 * (number - 1)]!.key);
    seen.push(...(await links.allTextContents()));
    if (number < pages) await page.getByRole("button", { name: "Next page" }).click();
  }
  expect(seen).toEqual(all.objects.map((object) => object.key));
  await expect(page.getByRole("button", { name: "Next page" })).toBeDisabled();
  await page.goBack();
  await expect(page.getByText(`Page ${pages - 1}`, { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Previous page" }).click();
  await expect(page.getByText(`Page ${pages - 2}`, { exact: true })).toBeVisible();
});

test("a filter that cannot be is explained, and Back undoes one that can", async ({ page }) => {
  await signIn(page, "/objects?minRisk=11");
  await expect(page.getByText("This could not be loaded")).toBeVisible();
  await page.goto("/objects");
  await expectRows(page, 50);
  await page.goto("/objects?bucket=hr&outcome=classified");
  const hr = await get<Listed>(page, "/objects?bucket=hr&outcome=classified&limit=1000");
  await expectRows(page, hr.objects.length);
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(page).toHaveURL(/\/objects$/);
  await expectRows(page, 50);
  await page.goBack();
  await expectRows(page, hr.objects.length);
});

test("an export holds every object of the filter", async ({ page }) => {
  await signIn(page, "/objects?bucket=hr");
  const hr = await get<Listed>(page, "/objects?bucket=hr&limit=1000");
  await page.getByRole("button", { name: "Export" }).click();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "As JSON Lines" }).click(),
  ]);
  const stream = await file.createReadStream();
  let text = "";
  for await (const piece of stream) text += String(piece);
  const lines = text.trimEnd().split("\n").map((line) => JSON.parse(line) as Json);
  expect(lines).toEqual(hr.objects);
});

test("an object's page says why it has its risk, and where", async ({ page }) => {
  const query = "account=444455556666&bucket=engineering&key=deploy%2Fcredentials.bak";
  await signIn(page, `/objects/view?${query}`);
  await expect(page.getByRole("heading", { level: 1, name: "deploy/credentials.bak" })).toBeVisible();
  await expect(page.getByRole("row", { name: /Regex or identifier.*aws_secret_key.*Decides 10/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /AWS access key ID.*line 2, column 21.*AKIA\*\*\*/ })).toBeVisible();
  await page.getByRole("button", { name: "Classify again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Classify again" }).click();
  await expect(page.getByText("The object will be classified again in a moment.")).toBeVisible();
});

test("any field filters: what the bar offers is what the API takes", async ({ page }) => {
  await signIn(page, "/objects");
  await expectRows(page, 50);
  const bar = page.getByRole("combobox", { name: "Filter objects" });
  await bar.fill("File extension = csv");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/objects\?filetype=csv$/);
  const csv = await listAll(page, "filetype=csv");
  expect(csv.length).toBeGreaterThan(0);
  await expectRows(page, Math.min(50, csv.length));
  await bar.fill("Size >= 20 KB");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/minSize=20480/);
  const large = await listAll(page, "filetype=csv&minSize=20480");
  expect(large.length).toBeLessThan(csv.length);
  await expectRows(page, Math.min(50, large.length));
  await bar.fill("Size >= huge");
  await page.keyboard.press("Enter");
  await expect(page.getByText("These parts of the filter cannot be used: Size >= huge", { exact: false })).toBeVisible();
  await page.goto("/objects?aclPermission=WRITE");
  await expect(page.getByText("No object matches the filter")).toBeVisible();
});

test("what is not classified is counted by reason, with what to do", async ({ page }) => {
  await signIn(page, "/not-classified");
  const figures = await get<Figures>(page, "/dashboard");
  const skipped = figures.outcomes.find((row) => row.reason === "unsupported-format");
  if (!skipped) throw new Error("nothing of an unsupported format in the estate");
  const row = page.getByRole("row", { name: /unsupported-format/ });
  await expect(row).toContainText(String(skipped.objects));
  await expect(row).toContainText("Nothing needs to be done");
  await row.getByRole("link").first().click();
  await expect(page).toHaveURL(/reason=unsupported-format/);
  await expectRows(page, skipped.objects);
});

test("a bucket's page shows its exposure and what is selected of it", async ({ page }) => {
  await signIn(page, "/buckets");
  await page.getByRole("link", { name: "customers", exact: true }).click();
  await expect(page).toHaveURL(new RegExp(`/buckets/${master}/customers$`));
  await expect(page.getByText("The whole bucket")).toBeVisible();
  await expect(page.getByText("a directory has no ACL", { exact: false }).first()).toBeVisible();
});
