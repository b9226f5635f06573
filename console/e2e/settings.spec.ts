// The Settings pages, and what users who may only look find there. Disabling comes last.
import { expect, signIn, test } from "./support";

test("a regex can be disabled and enabled again", async ({ page }) => {
  await signIn(page, "/settings/themes");
  const toggle = page.getByRole("checkbox", { name: /Banking Keywords enabled$/ });
  await expect(toggle).toBeChecked();
  await toggle.click();
  await expect(toggle).not.toBeChecked();
  await page.reload();
  await expect(toggle).not.toBeChecked();
  await toggle.click();
  await expect(toggle).toBeChecked();
});

test("a custom identifier is made in the form, tried, saved and removed", async ({ page }) => {
  await signIn(page, "/settings/custom");
  await page.getByRole("button", { name: "Add an identifier" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("ID", { exact: true }).fill("TEST_BADGE");
  await dialog.getByLabel("Name", { exact: true }).fill("Test badge");
  await dialog.getByLabel("Regular expression").fill("TB-[0-9]{6}");
  await dialog.getByLabel("Example", { exact: true }).fill("badge TB-204518");
  await dialog.getByLabel("Match in the example").fill("TB-204518");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByLabel("Text to test").fill("one TB-123456 two");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(page.getByRole("row", { name: /TEST_BADGE.*TB-123456.*bytes 4 to 13/ })).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("TEST_BADGE: Test badge")).toBeVisible();
  await page.getByLabel("Definition (YAML)").fill("identifiers: [{id: broken}]");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Nothing was saved")).toBeVisible();
  await page.getByLabel("Definition (YAML)").fill("");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("There are no custom identifiers.")).toBeVisible();
});

test("credentials are made, their secret is shown once, and they are revoked", async ({ page }) => {
  await signIn(page, "/settings/credentials");
  await page.getByRole("button", { name: "Make credentials" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("User name").fill("browser-test");
  await dialog.getByRole("button", { name: "Make credentials" }).click();
  await expect(dialog.getByText("Secret access key", { exact: true })).toBeVisible();
  await dialog.getByRole("button", { name: "I have kept it" }).click();
  const row = page.getByRole("row", { name: /browser-test/ });
  await expect(row).toContainText("Active");
  await row.getByRole("button", { name: /^Revoke/ }).click();
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText(/is accepted no longer/)).toBeVisible();
  await expect(page.getByRole("row", { name: /browser-test.*Active/ })).toHaveCount(0);
});

test("the audit log tells of it", async ({ page }) => {
  await signIn(page, "/settings/audit");
  await expect(page.getByRole("row", { name: /PutCustomIdentifiers/ }).first()).toBeVisible();
});

test("a content type and an extension can be disabled, and the audit log tells of it", async ({ page }) => {
  await signIn(page, "/settings/content-types");
  for (const [tab, name] of [["Content types", "text/csv"], ["File extensions", "csv"]] as const) {
    await page.getByRole("tab", { name: tab }).click();
    await page.getByRole("searchbox").fill(name);
    const toggle = page.getByRole("checkbox", { name: `${name} enabled`, exact: true });
    await expect(toggle).toBeChecked();
    await toggle.click();
    await expect(toggle).not.toBeChecked();
    await page.reload();
    await page.getByRole("searchbox").fill(name);
    await expect(toggle).not.toBeChecked();
    await toggle.click();
    await expect(toggle).toBeChecked();
  }
  await page.goto("/settings/audit");
  await expect(page.getByRole("row", { name: /DisableContentType.*text\/csv/ }).first()).toBeVisible();
  await expect(page.getByRole("row", { name: /EnableFileExtension.*csv/ }).first()).toBeVisible();
});

test("disabling needs both acknowledgements and a confirmation, and deletes what was collected", async ({ page }) => {
  await signIn(page, "/settings/disable");
  const button = page.getByRole("button", { name: "Disable Macie" });
  await page.getByRole("checkbox", { name: /members must be added again/ }).click();
  await expect(button).toBeDisabled();
  await page.getByRole("checkbox", { name: /metadata .* is deleted/ }).click();
  await button.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(((await (await page.request.get("/api/v1/session")).json()) as { enabled: boolean }).enabled).toBe(true);
  await button.click();
  await dialog.getByRole("button", { name: "Disable Macie" }).click();
  await expect(page).toHaveURL(/\/enable$/);
  await page.goto("/dashboard");
  await expect(page).toHaveURL(/\/enable$/);
  await page.getByRole("checkbox").click();
  await page.getByRole("button", { name: "Enable", exact: true }).click();
  await expect(page).not.toHaveURL(/\/enable$/);
  const objects = (await (await page.request.get("/api/v1/objects")).json()) as { objects: unknown[] };
  expect(objects.objects).toEqual([]);
});
