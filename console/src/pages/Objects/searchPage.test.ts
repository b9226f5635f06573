import { describe, expect, it } from "vitest";

import type { Schemas } from "../../api/client";
import { searchPage } from "./searchPage";

function records(count: number): Schemas["Record"][] {
  return Array.from({ length: count }, () => ({ accountId: "111122223333", outcome: "classified" }));
}

describe("a page of a search", () => {
  it("goes on over short and empty pages until it is full", async () => {
    const asked: [string | undefined, number][] = [];
    const sizes = [0, 2, 0, 3];
    const page = await searchPage(
      async (token, limit) => {
        asked.push([token, limit]);
        return { objects: records(sizes[asked.length - 1]!), nextToken: `t${asked.length}` };
      },
      "t0",
      5,
      1000,
      () => 0,
    );
    expect(page.objects).toHaveLength(5);
    expect(page.nextToken).toBe("t4");
    expect(asked).toEqual([
      ["t0", 5],
      ["t1", 5],
      ["t2", 3],
      ["t3", 3],
    ]);
  });

  it("ends where the list does", async () => {
    const page = await searchPage(async () => ({ objects: records(1) }), undefined, 5, 1000);
    expect(page).toEqual({ objects: records(1) });
  });

  it("ends when its time is over, and says where to go on", async () => {
    let clock = 0;
    let asked = 0;
    const page = await searchPage(
      async () => {
        clock += 400;
        return { objects: [], nextToken: `t${++asked}` };
      },
      undefined,
      5,
      1000,
      () => clock,
    );
    expect(asked).toBe(3);
    expect(page).toEqual({ objects: [], nextToken: "t3" });
  });
});
