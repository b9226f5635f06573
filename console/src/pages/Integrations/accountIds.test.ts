import { expect, it } from "vitest";

import { readAccountIds } from "./accountIds";

const words = {
  notAnId: (word: string) => `not:${word}`,
  isMaster: (id: string) => `master:${id}`,
  twice: (id: string) => `twice:${id}`,
};
const read = (text: string) => readAccountIds(text, words, "111122223333");

it("takes IDs separated by commas, spaces around them and a comma at the end", () => {
  expect(read(" 444455556666,777788889999 ,")).toEqual({ ids: ["444455556666", "777788889999"], problems: [] });
});

it("names every word that is no usable ID", () => {
  expect(read("4444, 111122223333, 444455556666, 444455556666").problems).toEqual([
    "not:4444",
    "master:111122223333",
    "twice:444455556666",
  ]);
});

it("does not take two IDs without a comma, or digits of other scripts", () => {
  expect(read("444455556666 777788889999").ids).toEqual([]);
  expect(read("٤٤٤٤٥٥٥٥٦٦٦٦").ids).toEqual([]);
});
