// What every test of the console needs: a signed-in page that tolerates no error of the browser.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test as base } from "@playwright/test";

export const master = "111122223333";
export const member = "444455556666";
export const userName = process.env.ASSAY_USER ?? "admin";
const password = process.env.ASSAY_PASSWORD ?? "";
const reader = { name: "reader", password: process.env.ASSAY_READER_PASSWORD ?? "" };

// Requests that a test wants refused; the browser logs their status as an error.
const kExpected = /Failed to load resource: the server responded with a status of 4\d\d/;

// A page that fails its test on a console error, an exception or a violation of the CSP.
export const test = base.extend<{ problems: string[] }>({
  problems: [
    async ({ page }, use) => {
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
      page.on("console", (message) => {
        if (message.type() !== "error" || kExpected.test(message.text())) return;
        problems.push(`console: ${message.text()}`);
      });
      await use(problems);
      expect(problems, "errors in the browser").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export async function signIn(page: Page, path = "/", user = { name: userName, password }): Promise<void> {
  await page.goto(path);
  await page.getByLabel("User name").fill(user.name);
  await page.getByLabel("Password", { exact: true }).fill(user.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByLabel("User name")).toHaveCount(0);
}

// As somebody who may look, and change nothing.
export async function signInAsReader(page: Page, path = "/"): Promise<void> {
  await signIn(page, path, reader);
}

export async function setTheme(page: Page, theme: "light" | "dark"): Promise<void> {
  const wanted = page.getByRole("button", { name: theme === "dark" ? "Dark theme" : "Light theme" });
  if ((await wanted.count()) > 0) await wanted.first().click();
  const mode = page.locator("body.awsui-dark-mode");
  await expect(mode).toHaveCount(theme === "dark" ? 1 : 0);
}

// Fails on what axe calls serious or critical.
export async function expectAccessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).analyze();
  const serious = found.violations
    .filter((violation) => violation.impact === "serious" || violation.impact === "critical")
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
  expect(serious, `axe on ${page.url()}`).toEqual([]);
}
