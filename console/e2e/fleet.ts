// The Fleet page over a real fleet with one damaged unit. Run by tests/fleet/test_fleet_console.py.
import { expect, expectAccessible, setTheme, signIn, test } from "./support";

test("the fleet: queue, leader, worker, and a unit that was given up", async ({ page }) => {
  await signIn(page, "/fleet");
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await expect(page.getByText(/\(this service\)$/)).toBeVisible();
  const worker = page.getByRole("table", { name: "Workers" }).getByRole("row").nth(1);
  await expect(worker).toContainText("Working");
  await expect(worker).toContainText("0 of 3");
  const dead = page.getByRole("table", { name: "Units of work that were given up" });
  await expect(dead.getByRole("row", { name: /is damaged/ })).toHaveCount(1);
  for (const theme of ["light", "dark"] as const) {
    await setTheme(page, theme);
    await expectAccessible(page);
  }

  const retry = page.getByRole("button", { name: "Retry", exact: true });
  await expect(retry).toBeDisabled();
  await dead.getByRole("checkbox", { name: /^Select unit/ }).check();
  await retry.click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("with all attempts: 1 unit.", { exact: false })).toBeVisible();
  await dialog.getByRole("button", { name: "Retry" }).click();
  await expect(page.getByText("1 unit handed out again.")).toBeVisible();
  // It is as damaged as it was.
  await expect(dead.getByRole("row", { name: /is damaged/ })).toHaveCount(1, { timeout: 20_000 });
  await page.goto("/settings/audit");
  await expect(page.getByRole("row", { name: /RetryDeadLetters/ })).toBeVisible();
});
