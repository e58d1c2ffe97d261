import { beforeAll, expect, test } from "vitest";
import { loadPages } from "../../texts/catalogue.ts";
import { durationWords, reasonGroups, reasonPath, shareWords } from "./words.ts";

beforeAll(loadPages);

const reason = (id: string, within: string | null, isLeaf: boolean) => ({
  id,
  name: id.toUpperCase(),
  within,
  state: "unplanned-down",
  isLeaf,
});
const TREE = [
  reason("a", null, false),
  reason("b", "a", true),
  reason("c", "a", true),
  reason("d", null, true),
];

test.each([
  [0, "0 s"],
  [59.6, "1 min 0 s"],
  [150, "2 min 30 s"],
  [3600, "1 h 0 min"],
  [25_500, "7 h 5 min"],
])("%d seconds are %s", (seconds, words) => {
  expect(durationWords(seconds)).toBe(words);
});

test("a share that is not known is not shown as a number", () => {
  expect(shareWords(null)).toBe("not known");
  expect(shareWords(0.88814)).toBe("88.8 %");
});

test("reasons that can be assigned are grouped by what is above them", () => {
  expect(reasonGroups(TREE).map(({ name, reasons }) => [name, reasons.map(({ id }) => id)])).toEqual([
    ["A", ["b", "c"]],
    ["", ["d"]],
  ]);
  expect(reasonPath("b", TREE)).toBe("A / B");
  expect(reasonPath("gone", TREE)).toBe("gone");
});
