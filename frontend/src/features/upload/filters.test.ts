import { expect, test } from "vitest";
import type { Row, Totals } from "../../preview/index.ts";
import { countOf, FILTERS, isLarge, LARGE, listedOf } from "./filters.ts";

const row = (percent: number | null, isTicked = true) => ({ state: "change", percent, isTicked }) as Row;

test("a change is large if it is more than half, up or down, among the rows to send", () => {
  expect([row(50), row(50.1), row(-90), row(null), row(900, false)].map(isLarge)).toEqual([
    false,
    true,
    true,
    false,
    false,
  ]);
});

test("only the large changes can be listed", () => {
  const rows = [row(10), row(109)];
  expect(listedOf(rows, { filter: LARGE, wrong: "", isUnfolded: false })).toEqual([rows[1]]);
});

test("a row whose machine has not reported does not count as a change (PRE-2)", () => {
  const states = { error: 0, conflict: 0, blocked: 0, waiting: 3, change: 2, unchanged: 0 };
  const counts = FILTERS.map((filter) => [filter.name, countOf(filter, { states, warnings: 0 } as Totals)]);
  expect(Object.fromEntries(counts)).toMatchObject({ "": 5, changes: 2, waiting: 3 });
});
