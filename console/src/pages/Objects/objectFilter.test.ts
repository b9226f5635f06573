import { describe, expect, it } from "vitest";

import {
  apiQuery,
  filterFromTokens,
  filterFromUrl,
  filterKeys,
  filterProperties,
  filterToUrl,
  objectsLink,
  orderFromUrl,
  tokensFromFilter,
} from "./objectFilter";
import { objects } from "../../strings/objects";

describe("the filter in the address", () => {
  it("comes back as it was", () => {
    const filter = { bucket: "a b&c", prefix: "x/ü?", minRisk: "3", theme: "Financial = Keywords" };
    expect(filterFromUrl(filterToUrl(filter, "time"))).toEqual(filter);
    expect(orderFromUrl(filterToUrl(filter, "time"))).toBe("time");
  });

  it("leaves out what is unknown or empty", () => {
    expect(filterFromUrl(new URLSearchParams("bucket=&colour=red&account=111122223333"))).toEqual({
      account: "111122223333",
    });
    expect(orderFromUrl(new URLSearchParams("order=size"))).toBe("risk");
  });

  it("is the same address for the same filter", () => {
    expect(objectsLink({ theme: "t", account: "a" })).toBe("/objects?account=a&theme=t");
    expect(objectsLink({})).toBe("/objects");
  });
});

describe("the filter as tokens", () => {
  it("shows equal bounds as one token and comes back", () => {
    const filter = { minRisk: "8", maxRisk: "8", outcome: "classified" };
    const tokens = tokensFromFilter(filter);
    expect(tokens).toEqual([
      { propertyKey: "outcome", operator: "=", value: "classified" },
      { propertyKey: "risk", operator: "=", value: "8" },
    ]);
    expect(filterFromTokens(tokens)).toEqual({ filter, refused: [] });
  });

  it("keeps different bounds apart", () => {
    const filter = { minRisk: "0", maxRisk: "10" };
    const tokens = tokensFromFilter(filter);
    expect(tokens.map((token) => token.operator)).toEqual([">=", "<="]);
    expect(filterFromTokens(tokens).filter).toEqual(filter);
  });

  it("hands back what cannot be used", () => {
    const tokens = [
      { operator: ":", value: "free text" },
      { propertyKey: "risk", operator: ">=", value: "11" },
      { propertyKey: "prefix", operator: "=", value: "a/" },
      { propertyKey: "time", operator: ">=", value: "yesterday" },
      { propertyKey: "reason", operator: "=", value: "damaged" },
    ];
    const { filter, refused } = filterFromTokens(tokens);
    expect(filter).toEqual({ reason: "damaged" });
    expect(refused.map((token) => token.propertyKey)).toEqual([undefined, "risk", "time", "prefix"]);
  });

  it("takes a day for its start where the viewer is", () => {
    const { filter } = filterFromTokens([{ propertyKey: "time", operator: "<", value: "2026-11-24" }]);
    expect(filter.until).toBe(new Date(2026, 10, 24).toISOString());
  });
});

describe("every field", () => {
  const values = { text: "x", risk: "7", size: "2048", time: "2026-11-24T02:30:00.000Z" };

  it("has a name", () => {
    for (const { key } of filterProperties) expect(objects.properties[key], key).toHaveLength(2);
  });

  it("comes back from tokens and from the address with each of its operators", () => {
    const asked = new Set<string>();
    for (const { key, kind, operators } of filterProperties) {
      for (const operator of Object.keys(operators)) {
        const needsBucket = key === "prefix" ? [{ propertyKey: "bucket", operator: "=", value: "b" }] : [];
        const tokens = [...needsBucket, { propertyKey: key, operator, value: values[kind] }];
        const { filter, refused } = filterFromTokens(tokens);
        expect(refused, key).toEqual([]);
        expect(tokensFromFilter(filter), key).toEqual(tokens);
        expect(filterFromUrl(filterToUrl(filter)), key).toEqual(filter);
        Object.keys(filter).forEach((parameter) => asked.add(parameter));
      }
    }
    expect([...asked].sort()).toEqual([...filterKeys].sort());
  });

  it("takes sizes as people write them", () => {
    const sizeOf = (value: string) =>
      filterFromTokens([{ propertyKey: "size", operator: ">=", value }]).filter.minSize;
    expect(["1500", "1.5 KB", "10MiB", "2 g"].map(sizeOf)).toEqual(["1500", "1536", "10485760", "2147483648"]);
    expect(["big", "-1", "1 XB", "9999 PB"].map(sizeOf)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("the filter as a query", () => {
  it("has numbers where the API wants numbers", () => {
    expect(apiQuery({ minRisk: "0", bucket: "b" }, "key", 50, "t")).toEqual({
      minRisk: 0,
      bucket: "b",
      order: "key",
      limit: 50,
      nextToken: "t",
    });
  });
});
