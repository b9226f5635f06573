// Every page with real data: usable by everybody in both themes, reachable by address, Back behaves.
import { pages, open } from "./pages";
import { expect, expectAccessible, master, setTheme, signIn, test } from "./support";

for (const wanted of pages) {
  test(`${wanted.name} is accessible`, async ({ page }) => {
    await signIn(page);
    await open(page, wanted);
    for (const theme of ["light", "dark"] as const) {
      await setTheme(page, theme);
      await expectAccessible(page);
    }
  });
}

test("the sign-in page and the dialogs are accessible", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByLabel("User name")).toBeVisible();
  await expectAccessible(page);
  await signIn(page, "/integrations/accounts");
  await page.getByRole("button", { name: /^\+/ }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await expectAccessible(page);
  await page.goto(`/integrations/services/${master}/s3/edit`);
  await page.getByRole("button", { name: "Choose prefixes of logs" }).click();
  await page.getByRole("radio", { name: "Only these prefixes" }).check();
  await expect(page.getByRole("checkbox", { name: /^Monitor / }).first()).toBeVisible();
  await expectAccessible(page);
});

test("a deep link survives signing in, and Back goes where it should", async ({ page }) => {
  await signIn(page, `/integrations/services?account=${master}`);
  await expect(page.getByRole("heading", { name: "Amazon S3" })).toBeVisible();
  await page.getByRole("link", { name: "Details" }).click();
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByRole("checkbox", { name: "Select bucket website" }).uncheck();
  await page.getByRole("button", { name: "Review and Save" }).click();
  await expect(page.getByText("No longer monitored")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("checkbox", { name: "Select bucket website" })).not.toBeChecked();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Selected S3 buckets and prefixes" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Amazon S3" })).toBeVisible();
  await page.goto("/no/such/page");
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
});

test("times show UTC when pointed at, sizes are binary", async ({ page }) => {
  await signIn(page, "/integrations/accounts");
  const time = page.locator("time").first();
  const utc = new Date((await time.getAttribute("datetime")) ?? "");
  await expect(time).toHaveAttribute("title", `${utc.toISOString().slice(0, 19).replace("T", " ")} UTC`);
  await expect(time).toHaveText(
    utc.toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short", timeZone: "America/New_York" }),
  );
  await expect(page.getByText(/ of 3\.0 TB/).first()).toBeVisible();
});
