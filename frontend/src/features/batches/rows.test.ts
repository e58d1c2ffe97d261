import { expect, test } from "vitest";
import type { Story } from "../../session/batches.ts";
import { rowsOfStory, worstFirst } from "./rows.ts";
import type { SentBatch } from "./sent.ts";

const OUTCOMES = ["applied", "pending", "failed", "unknown", "applied", "conflict"] as const;
const STORY = {
  results: OUTCOMES.map((outcome, index) => ({ machine: `m_${index}`, field: "f", outcome, value: 1 })),
} as unknown as Story;
const SENT: SentBatch = {
  txId: "t",
  name: "plan.xlsx",
  leftOut: 1,
  rows: { m_0: 7 },
  unchanged: [],
  isSeen: false,
  notSent: [
    {
      key: "row 9 0",
      row: 9,
      machine: null,
      name: "m:x",
      field: "f",
      now: null,
      target: null,
      isWrong: true,
      reason: "no machine",
    },
  ],
};

test("targets without effect come first, then unknown ones, each group in the batch's order", () => {
  expect(worstFirst(rowsOfStory(STORY, SENT)).map(({ machine, name }) => machine ?? name)).toEqual([
    "m_2",
    "m_5",
    "m_3",
    "m_1",
    "m_0",
    "m_4",
    "m:x",
  ]);
});

test("a row that was not sent has its reason, even after the page was loaded again", () => {
  const rows = rowsOfStory(STORY, SENT);
  expect(rows.at(-1)?.end).toMatchObject({ text: "Not sent: no machine" });
  expect(rows[0]?.row, "the spreadsheet's row").toBe(7);
});
