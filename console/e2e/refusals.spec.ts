// What the console does when it is refused, or refuses.
import { readdirSync } from "node:fs";

import { open, pages } from "./pages";
import { expect, master, member, signIn, signInAsReader, test } from "./support";

const kSettings = ["themes", "identifiers", "custom", "allow-lists", "retention", "credentials", "disable"];
// Names of what changes the service; looking, searching, exporting and testing are not among them.
const kChanges =
  /^(\+|(Add|Classify again|Classify all|Disable|Edit|Enable|Make|Remove|Replace|Retry|Revoke|Review and Save|Save|Set|Select bucket)\b)/;

test("a wrong password is refused, and the next attempt is free again", async ({ page }) => {
  await page.goto("/dashboard");
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("You are not signed in")).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("");
});

test("a session that ended leads to the sign-in page, and back to where one was", async ({ page }) => {
  await signIn(page, "/integrations/accounts");
  await expect(page.getByText(member).first()).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Refresh accounts" }).click();
  await expect(page.getByText("Your session is over.")).toBeVisible();
  await signIn(page, "/integrations/accounts");
  await expect(page.getByRole("heading", { name: "Member accounts" })).toBeVisible();
});

test("signing out ends the session", async ({ page }) => {
  await signIn(page);
  await page.getByRole("button", { name: /account menu$/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByLabel("User name")).toBeVisible();
  expect((await page.request.get("/api/v1/session")).status()).toBe(401);
});

test("a change without the session's CSRF token is refused", async ({ page }) => {
  await signIn(page);
  const answer = await page.request.delete(`/api/v1/accounts/${member}`);
  expect(answer.ok()).toBe(false);
  const accounts = (await (await page.request.get("/api/v1/accounts")).json()) as {
    accounts: { accountId: string; state: string }[];
  };
  expect(accounts.accounts.find((account) => account.accountId === member)?.state).toBe("integrated");
});

test("account IDs are checked as they are typed", async ({ page }) => {
  await signIn(page, "/integrations/accounts");
  await page.getByRole("button", { name: /^\+/ }).click();
  const popUp = page.getByRole("dialog");
  await popUp.getByRole("button", { name: "Add accounts" }).click();
  await expect(popUp.getByText("Enter at least one account ID.")).toBeVisible();
  await popUp.getByLabel("AWS account IDs").fill(`1234, ${master}`);
  await expect(popUp.getByText(/"1234" is no account ID/)).toBeVisible();
  await expect(popUp.getByText(/is the master account/)).toBeVisible();
  await popUp.getByRole("button", { name: "Add accounts" }).click();
  await expect(popUp.getByText("Results")).toHaveCount(0);
});

test("removing a member asks first, and it can be added again", async ({ page }) => {
  await signIn(page, "/integrations/accounts");
  const row = page.getByRole("row", { name: new RegExp(member) });
  await row.getByRole("button", { name: `Remove account ${member}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await expect(row.getByText("Integrated")).toBeVisible();
  await row.getByRole("button", { name: `Remove account ${member}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(row.getByText("Disassociated")).toBeVisible();
  await row.getByRole("button", { name: `Add account ${member} again` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Add accounts" }).click();
  await expect(row.getByText("Integrated")).toBeVisible();
});

test("the template names the master account", async ({ page }) => {
  await signIn(page, "/integrations/accounts");
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download CloudFormation template" }).click(),
  ]);
  const stream = await file.createReadStream();
  let text = "";
  for await (const piece of stream) text += String(piece);
  expect(text).toContain("AmazonMacieHandshakeRole");
  expect(text).toContain(master);
});

test("only buckets of the chosen region are offered", async ({ page }) => {
  // The demo estate is all in one region: the viewer is told of a second one, the service answers.
  await page.route("**/api/v1/session", async (route) => {
    const response = await route.fetch();
    const session = (await response.json()) as { regions?: string[] };
    session.regions?.push("eu-west-1");
    await route.fulfill({ response, json: session });
  });
  await signIn(page, `/integrations/services/${master}/s3/edit`);
  const names = readdirSync(`${process.env.ASSAY_ESTATE}/${master}`);
  for (const name of names) await expect(page.getByRole("rowheader", { name, exact: true })).toBeVisible();
  await page.getByRole("button", { name: /^Region: / }).click();
  await page.getByRole("menuitem", { name: "eu-west-1" }).click();
  await expect(page.getByText("There are no buckets")).toBeVisible();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("whoever may only look sees every page, and can change nothing on any", async ({ page }) => {
  test.setTimeout(120_000);
  await signInAsReader(page);
  const settings = kSettings.map((tab) => ({ name: tab, path: `/settings/${tab}`, heading: "Settings" }));
  for (const wanted of [...pages, ...settings]) {
    await open(page, wanted);
    await expect(page.getByText("This could not be loaded"), wanted.name).toHaveCount(0);
    for (const control of await page.getByRole("button", { name: kChanges }).all()) {
      await expect(control, `${wanted.name}: ${await control.textContent()}`).toBeDisabled();
    }
    if (wanted.name === "settings" || kSettings.includes(wanted.name)) {
      for (const box of await page.getByRole("checkbox").all()) await expect(box, wanted.name).toBeDisabled();
    }
  }
});

test("what only the console disables, the service refuses too", async ({ page }) => {
  await signInAsReader(page);
  const session = (await (await page.request.get("/api/v1/session")).json()) as { csrfToken: string; readOnly: boolean };
  expect(session.readOnly).toBe(true);
  for (const [method, path, data] of [
    ["POST", "/objects/retry", { reason: "timeout" }],
    ["POST", "/queue/dead-letters/retry", {}],
    ["PATCH", "/content-types", { name: "text/csv", enabled: false }],
    ["POST", "/disable", { accessEnds: true, dataIsDeleted: true }],
    ["DELETE", `/accounts/${member}`, undefined],
  ] as const) {
    const headers = { "X-CSRF-Token": session.csrfToken };
    const answer = await page.request.fetch(`/api/v1${path}`, { method, headers, ...(data && { data }) });
    expect(answer.status(), path).toBe(403);
  }
});

test("a page whose data may not be seen says so", async ({ page }) => {
  // Every user may look at everything: the refusal is put into the service's mouth.
  await signIn(page);
  await page.route(/\/api\/v1\/(?!session)/, (route) =>
    route.fulfill({ status: 403, json: { error: { code: "AccessDeniedException", message: "You may not see this." } } }),
  );
  for (const { name, path, heading } of pages) {
    if (typeof path !== "string") continue; // the object's page needs an object
    await page.goto(path);
    await expect(page.getByRole("heading", { name: heading, level: 1 }).first()).toBeVisible();
    await expect(page.getByText("You have no permission for this").first(), name).toBeVisible();
  }
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
