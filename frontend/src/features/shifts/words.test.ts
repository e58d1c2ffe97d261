// @vitest-environment happy-dom
import { beforeAll, expect, test } from "vitest";
import { loadLanguage, loadPages } from "../../texts/catalogue.ts";
import { durationWords, lossName, reasonGroups, reasonPath, shareWords, whyWords } from "./words.ts";

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
])("%d seconds are %s, on one line", (seconds, words) => {
  expect(durationWords(seconds)).toBe(words.replaceAll(" ", "\u00a0"));
});

test("a share that is not known is not shown as a number", () => {
  expect(shareWords(null)).toBe("not known");
  expect(shareWords(0.88814)).toBe("88.8 %");
});

test("reasons that can be assigned are grouped by the reason above them", () => {
  expect(reasonGroups(TREE).map(({ name, reasons }) => [name, reasons.map(({ id }) => id)])).toEqual([
    ["A", ["b", "c"]],
    ["", ["d"]],
  ]);
  expect(reasonPath("b", TREE)).toBe("A / B");
  expect(reasonPath("gone", TREE)).toBe("gone");
});

test.each([
  ["en", "the ideal cycle of m:1 is not known", "the ideal cycle of m:1, m:2 and 1,004 more is not known"],
  [
    "de",
    "die ideale Taktzeit von m:1 ist nicht bekannt",
    "die ideale Taktzeit von m:1, m:2 und 1.004 weiteren ist nicht bekannt",
  ],
] as const)("the report says in %s why a share is not known", async (language, one, many) => {
  await loadLanguage(language);
  const code = "cycle-missing";
  expect(whyWords({ code, machines: ["m_1"], more: 0 })).toBe(one);
  expect(whyWords({ code, machines: ["m_1", "m_2"], more: 1004 })).toBe(many);
  expect(whyWords({ code: "not-planned", machines: [], more: 0 })).not.toContain("-");
  expect(whyWords(null)).toBe("");
  await loadLanguage("en");
});

test("a reason that the plant file no longer has is named by its id", () => {
  const lost = {
    kind: "reason",
    reason: "gone",
    name: "",
    state: "",
    seconds: 1,
    stops: 1,
    machines: {},
  } as const;
  expect(lossName(lost)).toBe("gone (removed from the plant file)");
  expect(lossName({ ...lost, kind: "setup", reason: null })).toBe("Set-up");
});
