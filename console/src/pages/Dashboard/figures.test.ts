import { describe, expect, it } from "vitest";

import { allDays, dayLink, listLink, riskLink, riskyLink, sumOf, sumOfDollars } from "./figures";

const scope = { account: "111122223333", minRisk: 4 };

describe("the lists behind figures", () => {
  it("keep to the account, and to the minimum risk where the figure does", () => {
    expect(listLink(scope, { outcome: "failed" })).toBe("/objects?account=111122223333&outcome=failed");
    expect(riskyLink(scope, { piiType: "ssn" })).toBe("/objects?account=111122223333&minRisk=4&piiType=ssn");
    expect(riskyLink({ account: "", minRisk: 0 }, { piiType: "ssn" })).toBe("/objects?piiType=ssn");
  });

  it("are of one risk, of one day", () => {
    expect(riskLink({ account: "", minRisk: 0 }, 0)).toBe("/objects?outcome=classified&minRisk=0&maxRisk=0");
    expect(decodeURIComponent(dayLink({ account: "", minRisk: 0 }, "2026-02-28"))).toBe(
      "/objects?since=2026-02-28T00:00:00.000Z&until=2026-03-01T00:00:00.000Z",
    );
  });
});

describe("sums", () => {
  it("count one outcome over its reasons", () => {
    const outcomes = [
      { outcome: "failed", reason: "damaged", objects: 2, bytesClassified: 0 },
      { outcome: "failed", reason: "timeout", objects: 3, bytesClassified: 1 },
      { outcome: "classified", reason: "", objects: 7, bytesClassified: 70 },
    ];
    expect(sumOf(outcomes, "failed")).toEqual({ objects: 5, bytes: 1 });
    expect(sumOf(outcomes, "skipped")).toEqual({ objects: 0, bytes: 0 });
  });

  it("add money exactly", () => {
    expect(sumOfDollars(["0.10", "0.20", "90071992547409.93"])).toBe("90071992547410.23");
    expect(sumOfDollars(["0.01"])).toBe("0.01");
    expect(sumOfDollars([])).toBe("0.00");
  });
});

describe("days", () => {
  it("are 31 and end today, over the end of a month", () => {
    const known = { day: "2026-02-28", objects: 4, bytesClassified: 9 };
    const days = allDays([known], new Date("2026-03-02T23:59:00Z"));
    expect(days).toHaveLength(31);
    expect(days[0]).toEqual({ day: "2026-01-31", objects: 0, bytesClassified: 0 });
    expect(days[30]?.day).toBe("2026-03-02");
    expect(days).toContainEqual(known);
  });
});
