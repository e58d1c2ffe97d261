/** The grammar of xlsb in `docs/reference/workbooks.md`. */
import { expect, it } from "vitest";
import { brt, bytesOf, joined, utf16, wide, xlsb } from "../../conformance/records.ts";
import { readSheets } from "../readSheets.ts";

const row = (number: number, flags = 0, height = 300) =>
  brt(0, bytesOf([number, 4], [0, 4], [height, 2], [0, 1], [flags, 1], [0, 1], [0, 4]));
const place = (column: number, style = 0) => bytesOf([column, 4], [style, 4]);
const number = (column: number, value: number, style = 0) =>
  brt(5, place(column, style), bytesOf([value, "f64"]));

it("reads every kind of cell by its record and style, under any names of parts", async () => {
  const [sheet] = await readSheets(
    xlsb(
      [
        row(0),
        brt(6, place(0), wide("a")),
        brt(7, place(1), bytesOf([1, 4])),
        number(2, 1.5),
        brt(2, place(3), bytesOf([(150 << 2) | 2, 4])),
        brt(2, place(4, 1), bytesOf([(1600 << 2) | 2, 4])), // a date that is kept as an integer
        number(5, 1.2, 2),
        brt(4, place(6), bytesOf([1, 1])),
        brt(3, place(7), bytesOf([42, 1])),
        brt(1, place(8)),
        brt(62, place(9), bytesOf([0, 1]), wide("rich")),
      ],
      ["zero", "one"],
      [0, 14, 9],
    ),
  );
  expect(sheet?.rows).toEqual([
    [
      "a",
      "one",
      1.5,
      150,
      { t: "date" },
      { t: "percent", v: 1.2 },
      true,
      { t: "error", v: "#N/A" },
      null,
      "rich",
    ],
  ]);
});

it("reads cells without a column, each right of the one before it", async () => {
  const style = bytesOf([0, 4]);
  const [sheet] = await readSheets(
    xlsb(
      [
        row(0),
        brt(6, place(1), wide("a")),
        brt(18, style, bytesOf([1, 4])),
        brt(13, style, bytesOf([(150 << 2) | 2, 4])),
        brt(12, style),
        brt(16, bytesOf([2, 4]), bytesOf([1.2, "f64"])),
        row(1),
        brt(6, place(0), wide("b")),
        brt(17, style, wide("c")),
        brt(15, style, bytesOf([1, 1])),
        brt(14, style, bytesOf([42, 1])),
      ],
      ["zero", "one"],
      [0, 14, 9],
    ),
  );
  expect(sheet?.rows).toEqual([
    [null, "a", "one", 150, null, { t: "percent", v: 1.2 }],
    ["b", "c", true, { t: "error", v: "#N/A" }],
  ]);
});

it("ignores a blank cell outside of the rows, as in files of Excel, and refuses one with a value", async () => {
  const cells = [row(0), number(0, 1), brt(146, bytesOf())];
  const [sheet] = await readSheets(xlsb([...cells, brt(1, place(0), bytesOf([0, 1]))]));
  expect(sheet?.rows).toEqual([[1]]);
  await expect(readSheets(xlsb([...cells, number(1, 2)]))).rejects.toThrow("has a cell outside of its rows");
});

it("refuses a cell without a column that is the first of its row", async () => {
  await expect(readSheets(xlsb([row(0), brt(17, bytesOf([0, 4]), wide("a"))]))).rejects.toMatchObject({
    code: "damaged",
  });
});

it("reports hidden rows and columns and merged cells", async () => {
  const [sheet] = await readSheets(
    xlsb([
      row(1, 0x10),
      number(0, 1),
      number(1, 2),
      row(2, 0, 0),
      number(0, 3),
      brt(60, bytesOf([2, 4], [3, 4], [0, 4], [0, 4], [0, 2])),
      brt(176, bytesOf([1, 4], [1, 4], [0, 4], [1, 4])),
    ]),
  );
  expect(sheet).toMatchObject({ firstRow: 2, rows: [[1, { t: "covered" }], [3]], hiddenRows: [2, 3] });
  expect(sheet?.hiddenColumns).toEqual([2, 3]);
});

it.each([
  [
    "a shared text beyond the last",
    [row(0), brt(7, place(0), bytesOf([2, 4]))],
    /cell A1 of sheet “S” asks for/,
  ],
  ["a cell twice", [row(0), number(0, 1), number(0, 1)], /cell A1 of sheet “S” is in it twice/],
  ["rows that do not rise", [row(1), row(0)], /row 1 of sheet “S” stands out of its order/],
  ["a cell before the first row", [number(0, 1)], /has a cell outside of its rows/],
  ["a style that does not exist", [row(0), number(0, 1, 7)], /has the style 7, which does not exist/],
  ["a record that is too short", [row(0), brt(5, place(0))], /records are not what they should be/],
])("refuses %s", async (_, cells, words) => {
  await expect(readSheets(xlsb(cells, ["zero"]))).rejects.toThrow(words);
});

it("does not read a 0 as a value in a sheet that hides zeros [XL-2]", async () => {
  const rowsWith = async (flags: number) =>
    (
      await readSheets(
        xlsb([brt(137, bytesOf([flags, 2])), row(0), number(0, 0), number(1, 0, 1)], [], [0, 9]),
      )
    )[0]?.rows;
  expect(await rowsWith(0x3dc)).toEqual([[0, { t: "percent", v: 0 }]]);
  expect(await rowsWith(0x3cc)).toEqual([[{ t: "zero" }, { t: "zero" }]]);
});

it.each<[string, number, boolean]>([
  ["is not struck out", 0, false],
  ["is struck out", 1, true],
  ["shows thousands", 2, true],
  ["shows a percentage", 3, true],
  ["shows two decimals", 4, false],
])("reports a conditional format that %s [XL-2]", async (_, place, counts) => {
  const made = (kind: number, body: Uint8Array) =>
    joined(bytesOf([0, 4], [1, 2], [kind, 2], [4 + body.length, 2]), body);
  const code = joined(bytesOf([2, 2]), utf16("0,"));
  const conditions = [made(29, bytesOf([0, 1])), made(29, bytesOf([1, 1])), made(38, code)];
  for (const format of [9, 2]) conditions.push(made(41, bytesOf([format, 2])));
  const areas = bytesOf([1, 4], [0, 4], [1, 4], [1, 4], [8, 4], [1, 4], [2, 4]);
  const rule = [brt(461, areas), brt(463, bytesOf([1, 4], [0, 4], [place, 4]))];
  const [sheet] = await readSheets(xlsb([row(0), number(0, 7), ...rule], [], [0], conditions));
  const area = { firstRow: 2, lastRow: 9, firstColumn: 1, lastColumn: 2 };
  expect(sheet?.conditional).toEqual(counts ? [area] : []);
});

it("uses the width of the sheet for columns without their own", async () => {
  const wide = brt(60, bytesOf([0, 4], [0, 4], [2560, 4], [0, 4], [0, 2]));
  const hidden = async (width: number) => {
    const sizes = brt(485, bytesOf([width, 4], [8, 2], [300, 2], [0, 4]));
    return (await readSheets(xlsb([sizes, wide, row(0), number(0, 1)])))[0]?.hiddenColumns;
  };
  expect(await hidden(0xffffffff)).toEqual([]);
  expect((await hidden(0))?.slice(0, 2)).toEqual([1, 2]);
});
