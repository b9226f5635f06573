// An account of ten thousand buckets: the table holds a page of them in the browser, however many there are.
import { mkdirSync } from "node:fs";

import { expect, expectAccessible, master, signIn, test } from "./support";

const kBuckets = 10_000;
const kRows = 50;

test("ten thousand buckets are searched, sorted, paged and selected", async ({ page }) => {
  test.setTimeout(120_000);
  for (let i = 0; i < kBuckets; ++i) {
    mkdirSync(`${process.env.ASSAY_ESTATE}/${master}/many-${String(i).padStart(5, "0")}`);
  }
  await signIn(page, `/integrations/services/${master}/s3/edit`);
  const rows = page.locator("tbody tr");
  const find = page.getByRole("searchbox", { name: "Find buckets" });
  await expect(rows).toHaveCount(kRows, { timeout: 60_000 });
  await expect(page.getByRole("heading", { name: /^S3 buckets/ })).toContainText(/\(10,0\d\d\)/);
  const elements = await page.locator("body *").count();

  await find.fill("many-07777");
  await expect(rows).toHaveCount(1);
  await expect(page.getByRole("rowheader", { name: "many-07777" })).toBeVisible();
  await page.getByRole("checkbox", { name: "Select bucket many-07777" }).check();
  await expect(page.getByText("1 of 250 buckets and prefixes selected")).toBeVisible();
  await find.fill("many-077");
  await expect(page.getByText("100 matches").first()).toBeVisible();
  await expect(rows).toHaveCount(kRows);
  await find.fill("no such bucket");
  await expect(page.getByText("No buckets match")).toBeVisible();
  await page.getByRole("button", { name: "Clear the filter" }).click();

  await page.getByRole("button", { name: "Bucket", exact: true }).click(); // descending
  await expect(page.getByRole("rowheader").first()).toHaveText("website");
  await page.getByRole("button", { name: "Next page" }).click();
  await expect(rows).toHaveCount(kRows);
  await page.getByRole("button", { name: "Bucket", exact: true }).click();
  await expect(rows).toHaveCount(kRows);
  // What the browser holds does not grow with the number of buckets: a page of rows, whatever was done.
  expect(await page.locator("body *").count()).toBeLessThan(elements * 1.5);
  await expectAccessible(page);
});
