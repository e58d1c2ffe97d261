/** The grammar of xls in `docs/reference/workbooks.md`. */
import { expect, it } from "vitest";
import { biff, bytesOf, compound, latin1, utf16, xls } from "../../conformance/records.ts";
import type { Cell, Sheet } from "../../ingest/cells.ts";
import { readSheets } from "../readSheets.ts";

const place = (column: number, style = 0, row = 0) => bytesOf([row, 2], [column, 2], [style, 2]);
const number = (column: number, value: number, style = 0) =>
  biff(0x203, place(column, style), bytesOf([value, "f64"]));
const text = (letters: string) => [bytesOf([letters.length, 2], [1, 1]), utf16(letters)];
const style = (format: number) => biff(0xe0, bytesOf([0, 2], [format, 2]), new Uint8Array(16));
/** What a program writes that calculates (RecalcId). */
const CALCULATED = biff(0x1c1, bytesOf([0x1c1, 2], [0, 2], [101_716, 4]));
const STYLES = [CALCULATED, ...[0, 9, 14, 27].map(style)];

async function sheetOf(
  sheet: readonly Uint8Array[],
  globals: readonly Uint8Array[] = STYLES,
): Promise<Sheet> {
  const [found] = await readSheets(xls(globals, sheet));
  if (!found) throw new Error("there is no sheet");
  return found;
}

async function rowOf(...cells: readonly Uint8Array[]): Promise<readonly Cell[]> {
  return (await sheetOf(cells)).rows[0] ?? [];
}

it("reads numbers, percentages, dates, booleans and errors by their records and styles", async () => {
  const rk = (column: number, value: number) => biff(0x27e, place(column), bytesOf([value, 4]));
  const oddity = (column: number, value: number, isError: number) =>
    biff(0x205, place(column), bytesOf([value, 1], [isError, 1]));
  const date = { t: "date" };
  expect(
    await rowOf(
      number(0, 1.5),
      rk(1, (150 << 2) | 2),
      rk(2, (150 << 2) | 3),
      number(3, 1.2, 1),
      number(4, 1600, 2),
      number(5, 1600, 3),
      oddity(6, 1, 0),
      oddity(7, 42, 1),
    ),
  ).toEqual([1.5, 150, 1.5, { t: "percent", v: 1.2 }, date, date, true, { t: "error", v: "#N/A" }]);
});

it("reads the saved values of formulas", async () => {
  const formula = (column: number, ...value: [number, 1 | 2 | 4 | "f64"][]) =>
    biff(0x06, place(column), bytesOf(...value), bytesOf([0, 2], [0, 4], [0, 2]));
  const odd = (kind: number, value: number): [number, 1 | 2 | 4 | "f64"][] => [
    [kind, 2],
    [value, 2],
    [0, 2],
    [0xffff, 2],
  ];
  expect(
    await rowOf(
      formula(0, [150, "f64"]),
      formula(1, ...odd(0, 0)),
      biff(0x207, ...text("RUN")),
      formula(2, ...odd(1, 1)),
      formula(3, ...odd(2, 7)),
      formula(4, ...odd(3, 0)),
      number(5, 1),
    ),
  ).toEqual([150, "RUN", true, { t: "error", v: "#DIV/0!" }, null, 1]);
});

it("reads texts as Unicode whatever the code page, also where they continue in another record", async () => {
  const shared = [
    biff(0x42, bytesOf([1252, 2])),
    biff(
      0xfc,
      bytesOf([3, 4], [3, 4], [2, 2], [0, 1]),
      latin1("\x80é"),
      bytesOf([4, 2], [1, 1]),
      utf16("配方"),
    ),
    biff(0x3c, bytesOf([0, 1]), latin1("AB"), bytesOf([0, 2], [0, 1])),
  ];
  const string = (column: number, index: number) => biff(0xfd, place(column), bytesOf([index, 4]));
  const { rows } = await sheetOf(
    [string(0, 0), string(1, 1), string(2, 2), number(3, 1)],
    [...STYLES, ...shared],
  );
  expect(rows).toEqual([["\x80é", "配方AB", null, 1]]);
  await expect(sheetOf([string(0, 3)], [...STYLES, ...shared])).rejects.toThrow(
    /cell A1 of sheet “S” asks for/,
  );
});

it("reports hidden rows and columns and merged cells", async () => {
  const sheet = await sheetOf([
    biff(0x7d, bytesOf([1, 2], [1, 2], [2560, 2], [0, 2], [1, 2], [0, 2])),
    biff(0x208, bytesOf([0, 2], [0, 2], [2, 2], [255, 2], [0, 4], [0x20, 2], [0, 2])),
    number(0, 1),
    number(1, 2),
    biff(0xe5, bytesOf([1, 2], [0, 2], [0, 2], [0, 2], [1, 2])),
  ]);
  expect(sheet.rows).toEqual([[1, { t: "covered" }]]);
  expect(sheet.hiddenRows).toEqual([1]);
  expect(sheet.hiddenColumns).toEqual([1]);
});

it.each([
  ["a cell twice", [number(0, 1), number(0, 1)], /cell A1 of sheet “S” is in it twice/],
  ["a style that does not exist", [number(0, 1, 9)], /has the style 9, which does not exist/],
  ["a number that is not finite", [number(0, Number.NaN)], /holds no finite number/],
])("refuses %s", async (_, cells, words) => {
  await expect(sheetOf(cells)).rejects.toThrow(words);
});

it("names a password or an old format as the reason to refuse a file [XL-6]", async () => {
  await expect(sheetOf([], [biff(0x2f, bytesOf([0, 2], [0, 4]))])).rejects.toMatchObject({
    code: "encrypted",
  });
  const old = biff(0x809, bytesOf([0x500, 2], [5, 2], [0, 4]));
  await expect(readSheets(compound({ Book: old }))).rejects.toThrow(/Excel 95 or older/);
  await expect(readSheets(compound({ WordDocument: new Uint8Array(9) }))).rejects.toThrow(/Word document/);
  await expect(readSheets(compound({ EncryptedPackage: new Uint8Array(9) }))).rejects.toMatchObject({
    code: "encrypted",
  });
});

it("refuses a file that is truncated anywhere", async () => {
  const whole = xls(STYLES, [number(0, 1)]);
  for (let size = 8; size < 1_600; size += 97) {
    await expect(readSheets(whole.slice(0, size))).rejects.toMatchObject({
      code: expect.stringMatching(/./),
    });
  }
});

it("does not read a 0 as a value in a sheet that hides zeros [XL-2]", async () => {
  const window = (flags: number) => biff(0x23e, bytesOf([flags, 2]), new Uint8Array(16));
  expect(await rowOf(number(0, 0), number(1, 0, 1), window(0x6b6))).toEqual([0, { t: "percent", v: 0 }]);
  expect(await rowOf(number(0, 0), number(1, 0, 1), window(0x6a6))).toEqual([{ t: "zero" }, { t: "zero" }]);
});

it.each<[string, number, number, boolean]>([
  ["strikes out", 0x80, 0, true],
  ["leaves the line as it is", 0x80, 0x80, false],
  ["is bold", 2, 0, false],
])("reports a conditional format that %s [XL-2]", async (_, flags, unchanged, counts) => {
  const area: [number, 2][] = [1, 8, 1, 2].map((each) => [each, 2]);
  const areas = biff(0x1b0, bytesOf([1, 2], [1, 2], ...area, [1, 2], ...area));
  const font = [
    new Uint8Array(64),
    bytesOf([200, 4], [flags, 4]),
    new Uint8Array(16),
    bytesOf([unchanged, 4]),
  ];
  const head = bytesOf([2, 1], [0, 1], [0, 4], [1 << 26, 4], [0, 2]);
  const rule = biff(0x1b1, head, ...font, new Uint8Array(26));
  const { conditional } = await sheetOf([number(0, 7), areas, rule]);
  expect(conditional).toEqual(counts ? [{ firstRow: 2, lastRow: 9, firstColumn: 1, lastColumn: 2 }] : []);
});

it("uses the width of the sheet for columns without their own", async () => {
  const wide = biff(0x7d, bytesOf([0, 2], [0, 2], [2560, 2], [0, 2], [0, 2], [0, 2]));
  const hidden = async (width: number) =>
    (await sheetOf([biff(0x55, bytesOf([width, 2])), wide, number(0, 1)])).hiddenColumns;
  expect(await hidden(8)).toEqual([]);
  expect((await hidden(0))?.slice(0, 2)).toEqual([1, 2]);
});
