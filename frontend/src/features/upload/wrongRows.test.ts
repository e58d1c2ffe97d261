import { expect, test } from "vitest";
import type { Cell } from "../../ingest/index.ts";
import { cellText, cellWords, wrongRowsOf } from "./wrongRows.ts";

const percent = (row: number) => ({ row, code: "percent", column: "Target Speed", msg: `row ${row}` });

test("mistakes of one kind in one column are one group with their rows; the largest comes first", () => {
  const errors = [
    { row: 9, code: "only_id", msg: "Nothing is asked." },
    percent(5),
    percent(2),
    percent(5),
    { row: 2, code: "date", column: "Mode", msg: "a date" },
  ];
  expect(wrongRowsOf(errors, { writable: [] })).toEqual([
    { key: "percent Target Speed", title: "Target Speed: a percentage", rows: [2, 5], example: "row 5" },
    { key: "only_id ", title: "Row: nothing beside the machine", rows: [9], example: "Nothing is asked." },
    { key: "date Mode", title: "Mode: a date or time", rows: [2], example: "a date" },
  ]);
});

test("a cell is told as its spreadsheet showed it, or by what it is", () => {
  const cells: Cell[] = [null, " x", 1e21, true, { t: "percent", v: 1.2 }, { t: "error", v: "#N/A" }];
  expect(cells.map(cellText)).toEqual(["", " x", "1e+21", "TRUE", "120 %", "#N/A"]);
  expect([cellText({ t: "date" }), cellWords({ t: "date" })]).toEqual(["", "a date or time"]);
  expect(cellWords({ t: "formula" })).toBe("a formula without its value");
});
