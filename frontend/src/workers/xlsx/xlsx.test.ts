/** The grammar of xlsx in `docs/reference/workbooks.md`, sentence by sentence. */
import { expect, it } from "vitest";
import {
  relations,
  sharedStrings,
  styles,
  worksheet,
  xlsx,
  xlsxParts,
  zipOf,
} from "../../conformance/workbooks.ts";
import type { Cell, Sheet } from "../../ingest/cells.ts";
import { readSheets } from "../readSheets.ts";

async function sheetOf(data: Uint8Array<ArrayBuffer>): Promise<Sheet> {
  const [sheet] = await readSheets(data);
  if (!sheet) throw new Error("there is no sheet");
  return sheet;
}

async function rowsOf(
  rows: string,
  more: Record<string, string> = {},
): Promise<readonly (readonly Cell[])[]> {
  return (await sheetOf(xlsx(rows, more))).rows;
}

/** The value of A1, by the XML of its cell. */
async function cellOf(cell: string, more: Record<string, string> = {}): Promise<Cell> {
  const [row = []] = await rowsOf(`<row r="1">${cell}<c r="B1"><v>1</v></c></row>`, more);
  return row[0] ?? null;
}

const STRINGS = sharedStrings(
  '<si><t>zero</t></si><si/><si x="1"><!-- nothing --></si>' +
    "<si><r><rPr><b/></rPr><t>th</t></r><r><t>ree</t></r><rPh><t>drei</t></rPh></si><si><t>_x0034_ &amp; four</t></si>",
);

it("keeps every shared string in its place, also an empty one [XL-6]", async () => {
  const indexes = [0, 1, 2, 3, 4].map((index) => `<c t="s"><v>${index}</v></c>`).join("");
  expect(await rowsOf(`<row>${indexes}</row>`, STRINGS)).toEqual([["zero", null, null, "three", "4 & four"]]);
});

function rich(looks: string, run: string): string {
  return `<r><t>10</t></r><r><rPr>${looks}</rPr><t>${run}</t></r>`;
}

it.each(["5", "-1", "1.0", "01", "+1", "", "0x1"].map((index) => [index]))(
  "does not read an index of a shared string such as “%s” as another [XL-6]",
  async (index) => {
    if (index)
      await expect(cellOf(`<c r="A1" t="s"><v>${index}</v></c>`, STRINGS)).rejects.toThrow(/sheet “S”/);
    else expect(await cellOf(`<c r="A1" t="s"><v>${index}</v></c>`, STRINGS)).toBeNull();
  },
);

it.each<[string, Cell]>([
  ['<c r="A1"><v>150</v></c>', 150],
  ['<c r="A1" t="n"><v>\n -1.5e2 </v></c>', -150],
  ['<c r="A1"><f>1+1</f><v>2</v></c>', 2],
  ['<c r="A1"><f>1+1</f></c>', { t: "formula" }],
  ['<c r="A1"><f/><v/></c>', { t: "formula" }],
  ['<c r="A1" t="b"><f>1=1</f><v> </v></c>', { t: "formula" }],
  ['<c r="A1"><v></v></c>', null],
  ['<c r="A1" s="0"/>', null],
  ['<c r="A1" t="str"><f>"a"</f><v>a_x000D_b</v></c>', "a\rb"],
  ['<c r="A1" t="str"><f>""</f><v></v></c>', null],
  ['<c r="A1" t="inlineStr"><is><t>a</t></is></c>', "a"],
  ['<c r="A1" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c>', "a b"],
  ['<c r="A1" t="inlineStr"><is><r><t>_x00</t></r><r><t>41_</t></r></is></c>', "_x0041_"],
  [`<c r="A1" t="inlineStr"><is>${rich('<vertAlign val="superscript"/>', "3")}</is></c>`, "10³"],
  [`<c r="A1" t="inlineStr"><is>${rich('<b/><vertAlign val=" superscript "/>', "-1")}</is></c>`, "10⁻¹"],
  [`<c r="A1" t="inlineStr"><is>${rich('<vertAlign val="superscript"/>', "a")}</is></c>`, "10^a"],
  [`<c r="A1" t="inlineStr"><is>${rich('<vertAlign val="subscript"/>', "3")}</is></c>`, "103"],
  [`<c r="A1" t="inlineStr"><is>${rich("<strike/>", "34")}</is></c>`, "103\u03364\u0336"],
  [`<c r="A1" t="inlineStr"><is>${rich('<strike val="0"/>', "3")}</is></c>`, "103"],
  ['<c r="A1" t="&#10;n"><v>1</v></c>', 1],
  ['<c r="A1" t="b"><v>1</v></c>', true],
  ['<c r="A1" t="b"><v> false </v></c>', false],
  ['<c r="A1" t="e"><v>#N/A</v></c>', { t: "error", v: "#N/A" }],
  ['<c r="A1" t="d"><v>2026-11-28</v></c>', { t: "date" }],
  ["<c t='n'\n r=\"a1\" ><!-- x --><v><![CDATA[7]]></v></c >", 7],
])("reads %s", async (xml, cell) => {
  expect(await cellOf(xml)).toEqual(cell);
});

it.each([
  '<c r="A1"><v>150,5</v></c>',
  '<c r="A1"><v>1.2.3</v></c>',
  '<c r="A1"><v>0x10</v></c>',
  '<c r="A1"><v>1e999</v></c>',
  '<c r="A1"><v>INF</v></c>',
  '<c r="A1" t=""><v>1</v></c>',
  '<c r="A1" t="x"><v>1</v></c>',
  '<c r="A1" t="b"><v>2</v></c>',
  '<c r="A1"><v>1</v><v>2</v></c>',
  '<c r="A1">1</c>',
  '<c r="A1"><v><t>1</t></v></c>',
  '<c r="A1"><is><t>1</t></is></c>',
  '<c r="A1" t="inlineStr"><v>1</v></c>',
  '<c r="A1" s="1"><v>1</v></c>',
  '<c r="A2"><v>1</v></c>',
  '<c r="A"><v>1</v></c>',
  '<c r="1"><v>1</v></c>',
  '<c r="A01"><v>1</v></c>',
  '<c r="$A$1"><v>1</v></c>',
  '<c r="XFE1"><v>1</v></c>',
])("refuses %s, which is outside the grammar [XL-6]", async (xml) => {
  await expect(cellOf(xml, styles([0]))).rejects.toMatchObject({ code: "damaged" });
});

it("puts cells and rows where their references say, in any order and any case", async () => {
  const rows =
    '<row r="3"><c r="c3"><v>3</v></c><c r="A3"><v>1</v></c></row><row r="2"><c><v>1</v></c><c><v>2</v></c></row>';
  const sheet = await sheetOf(xlsx(rows));
  expect(sheet.firstRow).toBe(2);
  expect(sheet.rows).toEqual([
    [1, 2],
    [1, null, 3],
  ]);
});

it.each([
  ["a cell", '<row r="1"><c r="A1"><v>1</v></c><c r="B1"/><c r="A1"/></row>'],
  ["a cell without a reference", '<row r="1"><c r="B1"><v>1</v></c><c r="A1"/><c><v>2</v></c></row>'],
  ["a row", '<row r="1"/><row r="2"/><row r="1"/>'],
])("refuses %s that occurs twice, blank or not", async (_, rows) => {
  await expect(rowsOf(rows)).rejects.toMatchObject({ code: "damaged" });
});

it("skips elements that say nothing about a cell, and refuses a value in a wrong place", async () => {
  const more = '<row r="1"><c r="A1"><v>1</v><extLst><ext><x>2</x></ext></extLst></c><y/></row>';
  expect(await rowsOf(more)).toEqual([[1]]);
  await expect(rowsOf('<c r="A1"><v>1</v></c>')).rejects.toThrow();
  await expect(rowsOf('<row r="1"><v>1</v></row>')).rejects.toThrow();
  await expect(rowsOf("<row>1</row>")).rejects.toThrow();
});

it("recognises dates and percentages by built-in numbers and by codes", async () => {
  const kinds = styles([0, 14, 27, 32, 50, 9, "yyyy\\-mm", "0.0%", "0.0"]);
  const cells = Array.from({ length: 9 }, (_, style) => `<c s="${style}"><v>0.5</v></c>`).join("");
  const date = { t: "date" };
  const percent = { t: "percent", v: 0.5 };
  expect(await rowsOf(`<row>${cells}</row>`, kinds)).toEqual([
    [0.5, date, date, date, date, percent, date, percent, 0.5],
  ]);
});

it("keeps the text that a format shows beside the number", async () => {
  expect(await cellOf('<c r="A1" s="0"><v>7</v></c>', styles(["000"]))).toEqual({
    t: "shown",
    v: 7,
    w: "007",
  });
});

it("reports hidden rows and columns, merged areas, and values beyond the last column", async () => {
  const sheet = await sheetOf(
    xlsx(
      "",
      worksheet(
        '<row r="1" hidden="true"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="D1"><v>4</v></c></row>' +
          '<row r="2" ht="0"><c r="A2"><v>1</v></c><c r="IW2"><v>2</v></c></row>',
        '<cols><col min="2" max="3" hidden="1"/><col min="5" max="16384" width="0"/></cols>',
        '<mergeCells><mergeCell ref="A1:B2"/><mergeCell ref="D:E"/></mergeCells>',
      ),
    ),
  );
  expect(sheet.rows).toEqual([[1, { t: "covered" }, null, 4], [{ t: "covered" }]]);
  expect(sheet.hiddenRows).toEqual([1, 2]);
  expect(sheet.hiddenColumns?.slice(0, 3)).toEqual([1, 2, 4]);
  expect(sheet.isWide).toBe(true);
});

it("finds the parts by their relationships, whatever their names, and the sheets in order [XL-5]", async () => {
  const parts = xlsxParts("");
  const rowOf = (number: number) =>
    parts["xl/worksheets/sheet1.xml"]?.replace("<sheetData>", `$&<row><c><v>${number}</v></c></row>`) ?? "";
  const sheets = await readSheets(
    zipOf({
      "_rels/.rels": relations({ x: ["officeDocument", "/Book\\Main.xml"] }),
      "book/main.xml":
        parts["xl/workbook.xml"]?.replace(
          /<sheets>.*<\/sheets>/,
          '<bookViews><workbookView activeTab="2"/></bookViews><sheets><sheet name="Plan_x0020_48" r:id="a"/><sheet name="Chart" r:id="b"/>' +
            '<sheet name="B" state="veryHidden" r:id="c"/><sheet name="none"/><sheet name="C" state="show" r:id="d"/></sheets>',
        ) ?? "",
      "book/_rels/main.xml.rels": relations({
        a: ["worksheet", "../One%20.xml"],
        b: ["chartsheet", "chart.xml"],
        c: ["worksheet", "/BOOK/two.xml"],
        d: ["worksheet", "./three.xml"],
      }),
      "one .xml": rowOf(1),
      "book/two.xml": rowOf(2),
      "book/three.xml": rowOf(3),
    }),
  );
  expect(
    sheets.map(({ name, isHidden, isActive, rows }) => [name, isHidden, isActive, rows[0]?.[0]]),
  ).toEqual([
    ["Plan 48", false, false, 1],
    ["B", true, true, 2],
    ["C", false, false, 3],
  ]);
});

it("refuses a workbook whose sheet is missing, or that names two parts as its shared strings", async () => {
  const { "xl/worksheets/sheet1.xml": _, ...without } = xlsxParts("");
  await expect(readSheets(zipOf(without))).rejects.toMatchObject({ code: "damaged" });
  const doubled = relations({
    r1: ["worksheet", "worksheets/sheet1.xml"],
    r2: ["sharedStrings", "a.xml"],
    r3: ["sharedStrings", "b.xml"],
  });
  await expect(readSheets(xlsx("", { "xl/_rels/workbook.xml.rels": doubled }))).rejects.toMatchObject({
    code: "damaged",
  });
});

it("refuses rows with values below the limit, and accepts blank ones [XL-7]", async () => {
  await expect(rowsOf('<row r="1000001"><c><v>1</v></c></row>')).rejects.toMatchObject({
    code: "too_many_rows",
  });
  expect(await rowsOf('<row r="1"><c><v>1</v></c></row><row r="1048576"><c s="0"/></row>')).toEqual([[1]]);
});

it.each([
  ['<sheetView/><sheetView showZeros="0"/>', { t: "zero" }],
  ["<sheetView showZeros=' false '/>", { t: "zero" }],
  ['<sheetView showZeros="1"/>', 0],
])("does not read a 0 as a value in a sheet that hides zeros, by %s [XL-2]", async (view, zero) => {
  const cells =
    '<c><v>0</v></c><c><f>1-1</f><v>-0.0</v></c><c s="1"><v>0</v></c><c s="2"><v>0.25</v></c><c t="b"><v>0</v></c>';
  const sheet = await sheetOf(
    xlsx("", {
      ...worksheet(`<row>${cells}</row>`, `<sheetViews>${view}</sheetViews>`),
      ...styles([0, "000", "0"]),
    }),
  );
  const padded = zero === 0 ? { t: "shown", v: 0, w: "000" } : zero;
  expect(sheet.rows).toEqual([[zero, zero === 0 ? -0 : zero, padded, 0.25, false]]);
});

it.each([
  ['ref="A1:B4" totalsRowCount="1"', [4]],
  ['ref="A1:B4" totalsRowCount="2"', [3, 4]],
  ['ref="A1:B4" totalsRowShown="0"', []],
  ['ref="A4:B4" totalsRowCount="9"', [4]],
])("recognises the totals of a table with %s", async (attributes, rows) => {
  expect((await sheetOf(xlsx("<row/>", withTable(attributes)))).totalRows).toEqual(rows);
});

it("lists a row once where two tables side by side end in it", async () => {
  const first = withTable('ref="A1:B4" totalsRowCount="1"');
  const names = "xl/worksheets/_rels/sheet1.xml.rels";
  const both = relations({ t: ["table", "../tables/table1.xml"], u: ["table", "../tables/table2.xml"] });
  const second = { "xl/tables/table2.xml": (first["xl/tables/table1.xml"] ?? "").replace("A1:B4", "D1:E4") };
  expect((await sheetOf(xlsx("<row/>", { ...first, ...second, [names]: both }))).totalRows).toEqual([4]);
});

it.each(['totalsRowCount="1"', 'ref="A1:B4" totalsRowCount="x"', 'ref="A1:" totalsRowCount="1"'])(
  "refuses a table with %s [XL-6]",
  async (attributes) => {
    await expect(readSheets(xlsx("<row/>", withTable(attributes)))).rejects.toMatchObject({
      code: "damaged",
    });
  },
);

function withTable(attributes: string): Record<string, string> {
  return {
    "xl/worksheets/_rels/sheet1.xml.rels": relations({ t: ["table", "../tables/table1.xml"] }),
    "xl/tables/table1.xml": `<table xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ${attributes}/>`,
  };
}

const CONDITION =
  '<conditionalFormatting sqref="B3 D2:C9"><cfRule type="expression" dxfId="%"/></conditionalFormatting>';
const NEWER =
  '<extLst><ext xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">' +
  '<x14:conditionalFormatting xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main"><x14:cfRule>' +
  "<x14:dxf>%</x14:dxf></x14:cfRule><xm:sqref>B3 D2:C9</xm:sqref></x14:conditionalFormatting></ext></extLst>";
const CONDITIONS = [
  "<font><b/></font>",
  "<font><strike/></font>",
  '<font><strike val="0"/></font>',
  '<numFmt numFmtId="164" formatCode="0,"/>',
  '<numFmt numFmtId="165" formatCode="0.00"/>',
];

it.each([0, 1, 2, 3, 4].map((place) => [place]))(
  "considers a conditional format (%i) that strikes out or shows another number [XL-2]",
  async (place) => {
    const areas = [
      { firstRow: 3, lastRow: 3, firstColumn: 1, lastColumn: 1 },
      { firstRow: 2, lastRow: 9, firstColumn: 2, lastColumn: 3 },
    ];
    const dxfs = CONDITIONS.map((each) => `<dxf>${each}</dxf>`).join("");
    const part = styles([0])["xl/styles.xml"]?.replace("</styleSheet>", `<dxfs>${dxfs}</dxfs></styleSheet>`);
    for (const rule of [CONDITION.replace("%", String(place)), NEWER.replace("%", CONDITIONS[place] ?? "")]) {
      const more = { "xl/styles.xml": part ?? "", ...worksheet("", "", rule) };
      const { conditional } = await sheetOf(xlsx("", more));
      expect(conditional).toEqual(place === 1 || place === 3 ? areas : []);
    }
  },
);

it("uses the width and the height of the sheet for columns and rows without their own", async () => {
  const row = '<row r="1" ht="15"><c r="A1"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>';
  const hidden = async (before: string) => {
    const { hiddenRows, hiddenColumns = [] } = await sheetOf(xlsx("", worksheet(row, before)));
    return [hiddenRows, hiddenColumns.slice(0, 2)];
  };
  const narrow = '<sheetFormatPr defaultColWidth="0"/>';
  expect(await hidden(narrow)).toEqual([[], [0, 1]]);
  expect(await hidden(`${narrow}<cols><col min="1" max="1" width="9"/></cols>`)).toEqual([[], [1, 2]]);
  expect(await hidden(`${narrow}<cols><col min="1" max="16384" width="9"/></cols>`)).toEqual([[], []]);
  expect(await hidden(`${narrow}<cols><col min="1" max="2" style="0"/></cols>`)).toEqual([[], [0, 1]]);
  expect(await hidden('<sheetFormatPr defaultRowHeight="0"/>')).toEqual([[2], []]);
  expect(await hidden('<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>')).toEqual([[], []]);
});
