import { describe, expect, it } from "vitest";

import { type Outcome, reasonRows } from "./reasonRows";

const counted = (outcome: string, reason: string, objects: number, bucket = "b"): Outcome => ({
  accountId: "1",
  bucket,
  outcome,
  reason,
  objects,
  bytesClassified: 0,
  highRisk: 0,
});

describe("what was not classified", () => {
  it("adds up over buckets, the most frequent first, with the service's advice", () => {
    const reasons = [
      { reason: "timeout", outcome: "failed" as const, retryable: true, meaning: "slow", remedy: "wait" },
    ];
    const rows = reasonRows(
      [
        counted("classified", "", 9),
        counted("failed", "timeout", 1),
        counted("skipped", "brand-new", 2),
        counted("failed", "timeout", 3, "c"),
      ],
      reasons,
    );
    expect(rows.map(({ reason, objects, retryable }) => [reason, objects, retryable])).toEqual([
      ["timeout", 4, true],
      ["brand-new", 2, false],
    ]);
    expect(rows[0]?.remedy).toBe("wait");
  });

  it("is nothing when all is classified", () => {
    expect(reasonRows([counted("classified", "", 9), counted("failed", "timeout", 0)], [])).toEqual([]);
  });
});
