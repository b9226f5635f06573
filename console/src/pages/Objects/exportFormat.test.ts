import { describe, expect, it } from "vitest";

import { csvCell, csvHeader, csvLine, jsonLine } from "./exportFormat";
import type { ObjectRecord } from "./objectRecord";

describe("a cell of CSV", () => {
  it("is quoted when it must be", () => {
    expect(csvCell("plain")).toBe("plain");
    expect(csvCell('a "b", c')).toBe('"a ""b"", c"');
    expect(csvCell("two\nlines")).toBe('"two\nlines"');
    expect(csvCell(undefined)).toBe("");
  });

  it("never begins like a formula", () => {
    for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
      expect(csvCell(`${start}HYPERLINK("http://x")`)).toBe(`"'${start}HYPERLINK(""http://x"")"`);
    }
  });

  it("keeps numbers numbers", () => {
    expect(csvCell(-5)).toBe("-5");
  });
});

const record: ObjectRecord = {
  accountId: "111122223333",
  bucket: "b",
  key: "=cmd()",
  outcome: "classified",
  dlp_risk: 9,
  pii_types: ["ssn", "name"],
  filesystem_metadata: { size: 12 },
};

describe("a record", () => {
  it("has as many cells as the header", () => {
    const cells = csvLine(record).trimEnd().split(",");
    expect(cells).toHaveLength(csvHeader().trimEnd().split(",").length);
    expect(cells.slice(0, 4)).toEqual(["111122223333", "b", `"'=cmd()"`, "classified"]);
    expect(cells).toContain("ssn name");
  });

  it("is one line of JSON with all there is", () => {
    expect(JSON.parse(jsonLine(record))).toEqual(record);
    expect(jsonLine({ ...record, key: "a\nb" }).trimEnd()).not.toContain("\n");
  });
});
