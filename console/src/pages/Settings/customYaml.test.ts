import { describe, expect, it } from "vitest";

import { emptyForm, isComplete, keywordsOf, withIdentifier } from "./customYaml";

const badge = {
  id: "BADGE",
  name: 'Badge "B"',
  pattern: "B-[0-9]{6}\\b",
  keywords: "Badge, pass ,",
  risk: "4",
  example: "badge B-123456",
  match: "B-123456",
};

describe("a custom identifier as YAML", () => {
  it("starts the list, and extends it", () => {
    const first = withIdentifier("", badge);
    expect(first.startsWith("identifiers:\n  - id: BADGE\n")).toBe(true);
    const second = withIdentifier(first, { ...badge, id: "OTHER" });
    expect(second.match(/^identifiers:/gm)).toHaveLength(1);
    expect(second).toContain("\n  - id: OTHER\n");
  });

  it("quotes what a person typed", () => {
    const text = withIdentifier("", badge);
    expect(text).toContain('name: "Badge \\"B\\""');
    expect(text).toContain('pattern: "B-[0-9]{6}\\\\b"');
    expect(text).toContain('keywords: ["badge", "pass"]');
  });

  it("needs an ID in capitals, a pattern, an example and a risk of 1 to 10", () => {
    expect(isComplete(badge)).toBe(true);
    expect(isComplete(emptyForm)).toBe(false);
    for (const wrong of [{ id: "badge" }, { pattern: "" }, { example: "" }, { match: "C" }, { risk: "0" }, { risk: "11" }, { risk: "x" }]) {
      expect(isComplete({ ...badge, ...wrong })).toBe(false);
    }
    expect(keywordsOf(" , ")).toEqual([]);
  });
});
