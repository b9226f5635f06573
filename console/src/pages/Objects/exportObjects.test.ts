import { describe, expect, it } from "vitest";

import { type FetchPage, gatherLines } from "./exportObjects";
import type { ObjectRecord } from "./objectRecord";

const record = (key: number): ObjectRecord => ({ accountId: "1", key: String(key), outcome: "failed" });

// `pages` pages of two records each.
function source(pages: number): FetchPage {
  return async (token) => {
    const page = Number(token ?? 0);
    const next = page + 1 < pages ? { nextToken: String(page + 1) } : {};
    return { objects: [record(2 * page), record(2 * page + 1)], ...next };
  };
}

describe("gathering the lines of an export", () => {
  it("follows all pages and counts", async () => {
    const counts: number[] = [];
    const got = await gatherLines(source(3), "jsonl", new AbortController().signal, (rows) => counts.push(rows));
    expect(got.rows).toBe(6);
    expect(got.cut).toBe(false);
    expect(got.parts.join("").trimEnd().split("\n").map((line) => JSON.parse(line).key)).toEqual([
      "0", "1", "2", "3", "4", "5",
    ]);
    expect(counts).toEqual([2, 4, 6]);
  });

  it("ends at the most, in the middle of a page or at its end, and says that there is more", async () => {
    for (const most of [3, 4]) {
      const got = await gatherLines(source(3), "csv", new AbortController().signal, () => {}, most);
      expect(got.rows).toBe(most);
      expect(got.cut).toBe(true);
      expect(got.parts.join("").trimEnd().split("\r\n")).toHaveLength(most + 1);
    }
  });

  it("stops when cancelled", async () => {
    const control = new AbortController();
    const gathering = gatherLines(source(1000), "csv", control.signal, (rows) => rows >= 4 && control.abort());
    await expect(gathering).rejects.toMatchObject({ name: "AbortError" });
  });
});
