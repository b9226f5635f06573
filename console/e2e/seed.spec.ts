// The two procedures of the Macie user guide ("Integrate Member Accounts and Amazon S3 with Amazon
// Macie"), followed step by step; quoted words are the guide's names of pages and controls.
import { expect, master, member, signIn, test } from "./support";

test.describe.configure({ mode: "serial" });

test("To integrate member accounts with Macie", async ({ page }) => {
  // "Log in to AWS with the Macie master account, navigate to the Macie console, and then choose
  // the Integrations tab."
  await signIn(page);
  await page.getByRole("link", { name: "Integrations" }).click();
  await expect(page.getByRole("heading", { name: "Integrations", level: 1 })).toBeVisible();

  // "To integrate a member account, choose the + icon next to Member accounts."
  const heading = page.getByRole("heading", { name: "Member accounts" });
  await expect(heading).toBeVisible();
  const plus = page.getByRole("button", { name: /^\+/ });
  const [there, icon] = [await heading.boundingBox(), await plus.boundingBox()];
  expect(Math.abs((there?.y ?? 0) - (icon?.y ?? 999))).toBeLessThan(24);
  await plus.click();

  // "In the Add member AWS account(s) pop up window, enter one or more AWS account IDs. Separate
  // multiple account numbers with commas. Choose Add accounts."
  const popUp = page.getByRole("dialog", { name: "Add member AWS account(s)" });
  await popUp.getByLabel("AWS account IDs").fill(`${member}, 999900001111`);
  await popUp.getByRole("button", { name: "Add accounts" }).click();

  // One is integrated, the other says why it is not.
  await expect(popUp.getByText(`${member}: Integrated`)).toBeVisible();
  await expect(popUp.getByText(/^999900001111: .{10}/)).toBeVisible();
  await popUp.getByRole("button", { name: "Cancel" }).click();
  await expect(popUp).toBeHidden();
  const row = page.getByRole("row", { name: new RegExp(member) });
  await expect(row.getByText("Integrated")).toBeVisible();
});

test("Specify data for Macie to monitor", async ({ page }) => {
  test.setTimeout(120_000); // it waits until everything is classified
  await signIn(page);
  // "In the Macie console's Integrations tab, choose the Services tab."
  await page.getByRole("link", { name: "Integrations" }).click();
  await page.getByRole("tab", { name: "Services" }).click();

  // "In the Services tab, select the account id (master or member) in the Select an account
  // drop-down. The Amazon S3 tile is then displayed."
  await expect(page.getByRole("heading", { name: "Amazon S3" })).toHaveCount(0);
  await page.getByRole("button", { name: "Select an account" }).click();
  await expect(page.getByRole("option", { name: new RegExp(member) })).toBeVisible();
  await page.getByRole("option", { name: new RegExp(master) }).click();
  await expect(page.getByRole("heading", { name: "Amazon S3" })).toBeVisible();

  // "Choose the Details button in the Amazon S3 tile."
  await page.getByRole("link", { name: "Details" }).click();

  // "On the Selected S3 buckets and prefixes page, choose the edit icon, and then select either the
  // full buckets (recommended) or bucket/prefix combinations for Macie to monitor."
  await expect(page.getByRole("heading", { name: "Selected S3 buckets and prefixes" })).toBeVisible();
  await page.getByRole("button", { name: "Edit" }).click();
  await expect(page.getByRole("heading", { name: "Select S3 buckets for Macie to monitor" })).toBeVisible();
  for (const column of ["Classify all", "Total size", "Total processed", "Total cost estimate"]) {
    await expect(page.getByRole("columnheader", { name: column })).toBeVisible();
  }
  await page.getByRole("checkbox", { name: "Select bucket customers" }).check();
  await page.getByRole("button", { name: "Choose prefixes of logs" }).click();
  const browser = page.getByRole("dialog", { name: "Prefixes of logs" });
  await browser.getByRole("checkbox", { name: /^Monitor / }).first().check();
  await browser.getByRole("button", { name: "Use this choice" }).click();
  await expect(page.getByText("2 of 250 buckets and prefixes selected")).toBeVisible();

  // "These values are greyed out if Classify all checkbox is not checked."
  await page.getByRole("button", { name: "Refresh snapshots" }).click();
  const row = page.getByRole("row", { name: /Select bucket customers/ });
  const size = row.getByText(/^[0-9.,]+ (bytes|KB|MB)$/).first();
  const grey = await size.evaluate((cell) => getComputedStyle(cell).color);
  await row.getByRole("checkbox", { name: "Classify all objects of customers" }).check();
  await expect.poll(() => size.evaluate((cell) => getComputedStyle(cell).color)).not.toBe(grey);
  await expect(row.getByText(/^\$[0-9]+\.[0-9]{2}$/)).toBeVisible();
  const totals = page.getByRole("region", { name: "Totals of buckets with Classify all" });
  await expect(totals).toContainText((await size.textContent()) ?? "no size");

  // "When you've finished your selections, choose Review and Save. And when you've finished
  // reviewing your selections, choose Save."
  await page.getByRole("button", { name: "Review and Save" }).click();
  await expect(page.getByRole("heading", { name: "Review", level: 1 })).toBeVisible();
  await page.getByRole("button", { name: "Save", exact: true }).click();

  // Progress afterwards, to its end.
  await expect(page.getByText("Your selection is saved.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Selected S3 buckets and prefixes" })).toBeVisible();
  const customers = page.getByRole("row", { name: /^customers/ });
  await expect(customers.getByText(/^Classified/)).toBeVisible({ timeout: 45_000 });
  await expect(customers.getByText(/(\d+) of \1 have an outcome/)).toBeVisible({ timeout: 45_000 });
});
