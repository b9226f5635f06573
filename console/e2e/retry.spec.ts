// What really failed is tried again from the page. The program of the classifiers is away for a
// while, so that an object cannot be read.
import { execFileSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";

import { expect, master, signIn, test } from "./support";

const key = "held-up.txt";
const detail = `/api/v1/objects/detail?account=${master}&bucket=customers&key=${key}`;
const program = `${process.env.ASSAY_PROGRAMS}/assay-classifier`;

function endClassifiers(): void {
  const told = execFileSync("ps", ["-e", "-o", "pid=,ppid=,comm="], { encoding: "utf8" });
  for (const line of told.split("\n")) {
    const [pid, parent, name] = line.trim().split(/\s+/);
    const ours = parent === process.env.ASSAY_SERVICE_PID && name?.startsWith("assay-classif");
    if (ours) process.kill(Number(pid), "SIGKILL");
  }
}

test("what failed is tried again, after a question", async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page, "/not-classified");
  renameSync(program, `${program}.away`);
  try {
    endClassifiers();
    writeFileSync(`${process.env.ASSAY_ESTATE}/${master}/customers/${key}`, "Mary Johnson, SSN 512-44-7731\n");
    // The service tries again by itself, each time later: after three failures there is time enough.
    await expect
      .poll(async () => ((await (await page.request.get(detail)).json()) as { attempts?: number }).attempts ?? 0, {
        timeout: 60_000,
      })
      .toBeGreaterThanOrEqual(3);
  } finally {
    renameSync(`${program}.away`, program);
  }
  await page.reload();
  const row = page.getByRole("row", { name: /extractor-crashed/ });
  await expect(row.getByRole("link", { name: "1", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Retry extractor-crashed" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("1 object is tried again at once", { exact: false })).toBeVisible();
  await dialog.getByRole("button", { name: "Retry", exact: true }).click();
  await expect(page.getByText("1 object is tried again.").first()).toBeVisible();
  await expect
    .poll(async () => {
      const { record } = (await (await page.request.get(detail)).json()) as { record: { outcome: string } };
      return record.outcome;
    })
    .toBe("classified");
  await page.reload();
  await expect(page.getByRole("row", { name: /unsupported-format/ })).toBeVisible();
  await expect(row).toHaveCount(0);
});
