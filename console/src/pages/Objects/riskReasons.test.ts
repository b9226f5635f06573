import { describe, expect, it } from "vitest";

import type { ObjectRecord } from "./objectRecord";
import { occurrencePlace } from "./occurrencePlace";
import { foundInShort, riskReasons } from "./riskReasons";

const record: ObjectRecord = {
  accountId: "1",
  key: "k",
  outcome: "classified",
  mimetypes: ["text/plain"],
  filetypes: ["csv"],
  regex_themes: ["SSN"],
  themes: ["Audit Keywords", "SSN"],
  keyword_themes: ["Audit Keywords"],
  mimetype_risk: 1,
  filetype_risk: 9,
  theme_risk: 2,
  regex_risk: 9,
  dlp_risk: 9,
};

describe("why an object has its risk", () => {
  it("names every source that decides, the highest first", () => {
    const reasons = riskReasons(record);
    expect(reasons.map(({ risk }) => risk)).toEqual([9, 9, 2, 1]);
    expect(reasons.filter(({ decides }) => decides).map(({ found }) => found)).toEqual(["SSN", "csv"]);
  });

  it("names none when the risk is only the least there is", () => {
    const harmless = { ...record, mimetype_risk: 0, filetype_risk: 0, theme_risk: 0, regex_risk: 0, dlp_risk: 1 };
    expect(riskReasons(harmless).some(({ decides }) => decides)).toBe(false);
  });

  it("is nothing for an object that is not classified", () => {
    expect(riskReasons({ accountId: "1", key: "k", outcome: "failed", reason: "damaged" })).toEqual([]);
  });

  it("is shortened for tables", () => {
    expect(foundInShort(record, 1)).toEqual({ names: ["Audit Keywords"], more: 1 });
  });
});

describe("the place of a value", () => {
  it("is the most exact one", () => {
    expect(occurrencePlace({ start: 1, end: 2, line: 3, column: 4 })).toBe("line 3, column 4");
    expect(occurrencePlace({ start: 1, end: 2, line: 2, cell: "Sheet1!B2", column_name: "ssn" })).toBe(
      'cell Sheet1!B2, column "ssn"',
    );
    expect(occurrencePlace({ start: 5, end: 9, page: 2, member: "a.zip/b.pdf" })).toBe("page 2, in a.zip/b.pdf");
    expect(occurrencePlace({ start: 5, end: 9, record: 0, json_path: "$.card" })).toBe("record 1, $.card");
    expect(occurrencePlace({ start: 5, end: 9 })).toBe("bytes 5 to 9");
  });
});
