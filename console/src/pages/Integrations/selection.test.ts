import { describe, expect, it } from "vitest";

import type { Bucket, Resource } from "./resources";
import { changesBetween, choose, classifyAll, countOf, isEmpty, type Selection, selectionOf, totalsOf } from "./selection";

const none: Selection = new Map();

function bucket(bucketName: string, totalSize: number, totalProcessed: number, totalCostEstimate: string): Bucket {
  return { bucketName, region: "us-east-1", objectCount: 1, totalSize, totalProcessed, totalCostEstimate };
}

function resource(bucketName: string, prefix: string, oneTime: "FULL" | "NONE"): Resource {
  const rest = { region: "us-east-1", continuous: "FULL", state: "monitored", lastError: "", listedObjects: 0 } as const;
  return { bucketName, prefix, oneTime, ...rest };
}

const buckets = new Map([
  ["a", bucket("a", 1000, 2048, "0.10")],
  ["b", bucket("b", 5, 1024, "19.95")],
  ["unlisted", { bucketName: "unlisted", region: "us-east-1" }],
]);

describe("totalsOf", () => {
  it("counts a bucket with several prefixes once (C4)", () => {
    const selection = classifyAll(choose(none, "a", ["x/", "y/", "z/"]), "a", true);
    expect(totalsOf(selection, buckets)).toEqual({
      buckets: 1,
      missing: 0,
      totalSize: 1000n,
      totalProcessed: 2048n,
      totalCostEstimate: "0.10",
    });
  });

  it("counts a bucket once that is chosen whole and by prefix", () => {
    const both = selectionOf([resource("a", "", "FULL"), resource("a", "x/", "FULL")]);
    expect(totalsOf(both, buckets).totalCostEstimate).toBe("0.10");
  });

  it("leaves out buckets without Classify all", () => {
    const selection = classifyAll(choose(choose(none, "a", [""]), "b", [""]), "b", true);
    expect(totalsOf(selection, buckets).totalCostEstimate).toBe("19.95");
    expect(totalsOf(choose(none, "a", [""]), buckets).totalCostEstimate).toBe("0.00");
  });

  it("adds money in cents", () => {
    const selection = classifyAll(classifyAll(none, "a", true), "b", true);
    expect(totalsOf(selection, buckets).totalCostEstimate).toBe("20.05");
  });

  it("says which buckets it could not count", () => {
    const totals = totalsOf(classifyAll(none, "unlisted", true), buckets);
    expect([totals.buckets, totals.missing, totals.totalProcessed]).toEqual([1, 1, 0n]);
  });

  it("stays exact beyond 2^53", () => {
    const huge = new Map(["c", "d"].map((name) => [name, bucket(name, 2 ** 53, 2 ** 53, "45035996273704.96")]));
    const totals = totalsOf(classifyAll(classifyAll(none, "c", true), "d", true), huge);
    expect(totals.totalSize).toBe(2n ** 54n);
    expect(totals.totalCostEstimate).toBe("90071992547409.92");
  });
});

describe("choosing", () => {
  it("chooses a bucket whole when Classify all is checked first", () => {
    expect(classifyAll(none, "a", true).get("a")).toEqual([{ bucketName: "a", prefix: "", classifyAll: true }]);
  });

  it("keeps Classify all when prefixes change, and forgets a bucket without choices", () => {
    const whole = classifyAll(none, "a", true);
    expect(choose(whole, "a", ["x/"]).get("a")).toEqual([{ bucketName: "a", prefix: "x/", classifyAll: true }]);
    expect(choose(whole, "a", []).has("a")).toBe(false);
  });

  it("counts prefixes one by one", () => {
    expect(countOf(choose(choose(none, "a", ["x/", "y/", "x/"]), "b", [""]))).toBe(3);
  });
});

describe("changesBetween", () => {
  const before = selectionOf([resource("a", "", "NONE"), resource("b", "x/", "FULL"), resource("b", "y/", "FULL")]);

  it("finds nothing in an unchanged selection", () => {
    expect(isEmpty(changesBetween(before, before))).toBe(true);
  });

  it("tells additions, updates and removals apart", () => {
    const after = choose(classifyAll(choose(before, "c", [""]), "a", true), "b", ["x/"]);
    expect(changesBetween(before, after)).toEqual({
      add: [{ bucketName: "c", prefix: "", classifyAll: false }],
      update: [{ bucketName: "a", prefix: "", classifyAll: true }],
      remove: [{ bucketName: "b", prefix: "y/", classifyAll: true }],
    });
  });
});
