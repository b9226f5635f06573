import { describe, expect, it } from "vitest";

import { formatCount, formatMoney, formatPercent, formatSize, formatTime, formatUtc } from "./format";

describe("formatSize", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [1023, "1023 bytes"],
    [1024, "1.0 KB"],
    [1536, "1.5 KB"],
    [1024 * 1024 - 1, "1.0 MB"],
    [20 * 1024 ** 2, "20.0 MB"],
    [3 * 1024 ** 4, "3.0 TB"],
    [2000 * 1024 ** 5, "2,000.0 PB"],
  ])("writes %d as %s", (bytes, text) => expect(formatSize(bytes)).toBe(text));
});

describe("formatMoney", () => {
  it.each([
    ["0.00", "$0.00"],
    ["1234567.05", "$1,234,567.05"],
    ["90071992547409.92", "$90,071,992,547,409.92"],
  ])("writes %s as %s", (dollars, text) => expect(formatMoney(dollars)).toBe(text));
});

it("writes counts and shares", () => {
  expect(formatCount(1234567)).toBe("1,234,567");
  expect(formatPercent(1, 3)).toBe("33.3%");
  expect(formatPercent(1, 100_000)).toBe("<0.1%");
  expect(formatPercent(0, 0)).toBe("0%");
});

it("writes times in the viewer's zone, and in UTC beside it", () => {
  const at = "2026-11-26T12:34:56.789Z";
  expect(formatUtc(at)).toBe("2026-11-26 12:34:56 UTC");
  expect(formatTime(at)).toBe(new Date(at).toLocaleString("en-US", { dateStyle: "medium", timeStyle: "short" }));
  expect(formatTime("no time")).toBe("no time");
});
