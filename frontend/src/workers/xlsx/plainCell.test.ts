/** A cell that is recognised in one look says what it says element by element. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { sharedStrings, styles, xlsx } from "../../conformance/workbooks.ts";
import type { Sheet } from "../../ingest/cells.ts";
import { readSheets } from "../readSheets.ts";
import { CellParts } from "./cell.ts";
import { plainCell } from "./plainCell.ts";

const SHARED = {
  ...sharedStrings("<si><t>zero</t></si><si/><si><t>two</t></si>"),
  ...styles([0, "000", 14]),
};

const reference = fc.constantFrom(
  "A1",
  "B1",
  "C1",
  "a1",
  "AA1",
  "XFD1",
  "XFE1",
  "A2",
  "A01",
  "A",
  "1",
  "$A$1",
  "",
);
const style = fc.constantFrom("", "0", "1", "01", "2", "3", "0000001", "1000000", "x");
const type = fc.constantFrom("", "s", "n", "b", "S");
const value = fc.oneof(
  fc.constantFrom("0", "2", "007", "02", "3", "1234567890", "", "-1", "1.5", " 1", "1e2"),
  fc.nat().map(String),
);
const cell = fc.tuple(reference, style, type, value);

/** The sheet, or the message of its refusal; `gap` stands between the name and the attributes of each cell. */
async function read(
  cells: readonly (readonly [string, string, string, string])[],
  gap: string,
): Promise<Sheet | string> {
  const parts = cells.map(
    ([r, s, t, v]) => `<c${gap}r="${r}"${s && ` s="${s}"`}${t && ` t="${t}"`}><v>${v}</v></c>`,
  );
  try {
    const [sheet] = await readSheets(xlsx(`<row r="1">${parts.join("")}</row>`, SHARED));
    return sheet as Sheet;
  } catch (error) {
    return String(error);
  }
}

it("reads a cell in one look as element by element [XL-6]", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(cell, { maxLength: 4 }), async (cells) => {
      expect(await read(cells, " ")).toEqual(await read(cells, "  "));
    }),
    { numRuns: 400 },
  );
});

it.each<[string, number]>([
  ['<c r="B7" s="3" t="s"><v>12</v></c><', 35],
  ['<c r="B7"><v>12</v></c>', 23],
  ['<c  r="B7"><v>12</v></c>', -1],
  ['<c r="B7" t="s" s="3"><v>12</v></c>', -1],
  ['<c r="B8"><v>12</v></c>', -1],
  ['<c r="B7"><v>12</v></c', -1],
  ['<c r="B7"><v>1.5</v></c>', -1],
  ['<c r="B7"><v></v></c>', -1],
  ['<c r="B7', -1],
  ['<x:c r="B7"><v>12</v></x:c>', -1],
])("recognises %s: it ends at %i", (source, end) => {
  expect(plainCell(source, 0, 7, new CellParts())).toBe(end);
});

it("reads a sheet whose namespace has a prefix, or whose cells are of another format, by their meaning", async () => {
  const foreign = '<row r="1"><c xmlns="urn:x" r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>';
  const sheets = await readSheets(xlsx(foreign));
  expect(sheets[0]?.rows).toEqual([[null, 2]]);
});
