import { expect, test } from "vitest";
import type { Cell } from "../../ingest/index.ts";
import { cellText, cellWords, wrongRowsOf } from "./wrongRows.ts";

const wants = { code: "wants-number" };
const percent = (row: number) => ({
  row,
  code: "percent",
  column: "Target Speed",
  args: { wants, percent: `${row} %` },
});

test("mistakes of one kind in one column are one group with their rows, the largest group first", () => {
  const errors = [
    { row: 9, code: "only_id", args: { machines: ["m:1", "m:2"], columns: ["Mode"] } },
    percent(5),
    percent(2),
    percent(5),
    { row: 2, code: "date", column: "Mode", args: { wants } },
  ];
  expect(wrongRowsOf(errors)).toEqual([
    {
      key: "percent Target Speed",
      title: "Target Speed: a percentage",
      rows: [2, 5],
      example: "Target Speed takes a number, not the percentage 5 %.",
    },
    {
      key: "only_id ",
      title: "Row: nothing beside the machine",
      rows: [9],
      example: "Nothing is asked of m:1 and m:2. Fill in Mode.",
    },
    {
      key: "date Mode",
      title: "Mode: a date or time",
      rows: [2],
      example: "Mode takes a number, not a date or time.",
    },
  ]);
});

test("a cell is described as its spreadsheet showed it, or by its kind", () => {
  const cells: Cell[] = [null, " x", 1e21, true, { t: "percent", v: 1.2 }, { t: "error", v: "#N/A" }];
  expect(cells.map(cellText)).toEqual(["", " x", "1e+21", "TRUE", "120 %", "#N/A"]);
  expect([cellText({ t: "date" }), cellWords({ t: "date" })]).toEqual(["", "a date or time"]);
  expect(cellWords({ t: "formula" })).toBe("a formula without its value");
});
