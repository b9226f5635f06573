// Makes the pictures of the manual: every page, light and dark. Run by scripts/console_screenshots.
import type { Page } from "@playwright/test";

import { open, pages } from "./pages";
import { expect, master, setTheme, signIn, test } from "./support";

const folder = process.env.ASSAY_PICTURES ?? ".";

async function shoot(page: Page, name: string): Promise<void> {
  for (const theme of ["light", "dark"] as const) {
    await setTheme(page, theme);
    await page.mouse.move(0, 0);
    await page.screenshot({ path: `${folder}/${name}-${theme}.png`, animations: "disabled" });
  }
}

for (const wanted of pages) {
  test(wanted.name, async ({ page }) => {
    await signIn(page);
    await open(page, wanted);
    await shoot(page, wanted.name);
  });
}

test("sign-in", async ({ page }) => {
  for (const theme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.goto("/");
    await expect(page.getByLabel("User name")).toBeVisible();
    await page.screenshot({ path: `${folder}/sign-in-${theme}.png` });
  }
});

test("add-accounts", async ({ page }) => {
  for (const theme of ["light", "dark"] as const) {
    await signIn(page, "/integrations/accounts");
    await setTheme(page, theme);
    await page.getByRole("button", { name: /^\+/ }).click();
    await page.getByRole("dialog").getByLabel("AWS account IDs").fill("999900001111, 1234");
    await page.screenshot({ path: `${folder}/add-accounts-${theme}.png`, animations: "disabled" });
    await page.context().clearCookies();
  }
});

test("review", async ({ page }) => {
  await signIn(page, `/integrations/services/${master}/s3/edit`);
  await page.getByRole("checkbox", { name: "Select bucket website" }).uncheck();
  await page.getByRole("button", { name: "Review and Save" }).click();
  await expect(page.getByText("No longer monitored")).toBeVisible();
  await shoot(page, "review");
});
