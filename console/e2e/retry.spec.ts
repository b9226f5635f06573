// What really failed is tried again from the page. The classifiers of the service are stopped for a
// while, so that an object runs into its time limit.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

import { expect, master, signIn, test } from "./support";

const key = "held-up.txt";
const detail = `/api/v1/objects/detail?account=${master}&bucket=customers&key=${key}`;

// Classifiers of at least this age, in seconds. One that is stopped while it starts is no slow
// classifier but a broken one.
function classifiers(age: number): number[] {
  const told = execFileSync("ps", ["-e", "-o", "pid=,ppid=,etimes=,comm="], { encoding: "utf8" });
  return told
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, , name]) => parent === process.env.ASSAY_SERVICE_PID && name?.startsWith("assay-classif"))
    .filter(([, , seconds]) => Number(seconds) >= age)
    .map(([pid]) => Number(pid));
}

function signal(name: "SIGSTOP" | "SIGCONT", age = 0): void {
  for (const pid of classifiers(age)) {
    try {
      process.kill(pid, name);
    } catch {
      // it ended since it was listed
    }
  }
}

test("what failed is tried again, after a question", async ({ page }) => {
  test.setTimeout(120_000);
  expect(classifiers(0).length).toBeGreaterThan(0);
  await signIn(page, "/not-classified");
  const stopping = setInterval(() => signal("SIGSTOP", 1), 100);
  try {
    writeFileSync(`${process.env.ASSAY_ESTATE}/${master}/customers/${key}`, "Mary Johnson, SSN 512-44-7731\n");
    // The service tries again by itself, each time later: after three failures there is time enough.
    await expect
      .poll(async () => ((await (await page.request.get(detail)).json()) as { attempts?: number }).attempts ?? 0, {
        timeout: 90_000,
      })
      .toBeGreaterThanOrEqual(3);
  } finally {
    clearInterval(stopping);
    signal("SIGCONT");
  }
  await page.reload();
  const row = page.getByRole("row", { name: /timeout/ });
  await expect(row).toContainText("1");
  await page.getByRole("button", { name: "Retry timeout" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByText("1 object is tried again at once", { exact: false })).toBeVisible();
  await dialog.getByRole("button", { name: "Retry", exact: true }).click();
  await expect(page.getByText("1 object is tried again.")).toBeVisible();
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
