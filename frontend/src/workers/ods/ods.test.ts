/** The grammar of ods in `docs/reference/workbooks.md`. */
import { expect, it } from "vitest";
import { zipOf } from "../../conformance/workbooks.ts";
import type { Cell, Sheet } from "../../ingest/cells.ts";
import { readSheets } from "../readSheets.ts";

const NAMESPACES = ["office", "table", "text", "style", "config"]
  .map((name) => `xmlns:${name}="urn:oasis:names:tc:opendocument:xmlns:${name}:1.0"`)
  .concat('xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"')
  .join(" ");

function ods(tables: string, more: Record<string, string> = {}): Uint8Array<ArrayBuffer> {
  return zipOf({
    mimetype: "application/vnd.oasis.opendocument.spreadsheet",
    "content.xml":
      `<office:document-content ${NAMESPACES}><office:automatic-styles><style:style style:name="h">` +
      `<style:table-properties table:display="false"/></style:style></office:automatic-styles>` +
      `<office:body><office:spreadsheet>${tables}</office:spreadsheet></office:body></office:document-content>`,
    ...more,
  });
}

async function sheetOf(rows: string): Promise<Sheet> {
  const [sheet] = await readSheets(ods(`<table:table table:name="S">${rows}</table:table>`));
  if (!sheet) throw new Error("there is no sheet");
  return sheet;
}

async function cellOf(xml: string): Promise<Cell> {
  const { rows } = await sheetOf(`<table:table-row>${xml}</table:table-row>`);
  return rows[0]?.[0] ?? null;
}

const cell = (attributes: string, inside = "") =>
  `<table:table-cell ${attributes}>${inside}</table:table-cell>`;
const p = (text: string) => `<text:p>${text}</text:p>`;

it.each<[string, string, Cell]>([
  ["a number", cell('office:value-type="float" office:value=" 1.5e2 "'), 150],
  ["a heading", cell('office:value-type="string"', `<text:h>m:</text:h>${p("401")}`), "m:\n401"],
  ["a currency", cell('office:value-type="currency" office:value="7"'), 7],
  [
    "leading zeros",
    cell('office:value-type="float" office:value="7"', p("007")),
    { t: "shown", v: 7, w: "007" },
  ],
  [
    "a percentage without a style",
    cell('office:value-type="percentage" office:value="1.2"'),
    { t: "percent", v: 1.2 },
  ],
  ["a date", cell('office:value-type="date" office:date-value="2026-11-28"'), { t: "date" }],
  ["a time", cell('office:value-type="time"'), { t: "date" }],
  ["a boolean", cell('office:value-type="boolean" office:boolean-value="true"'), true],
  [
    "an error",
    cell('office:value-type="string" calcext:value-type="error"', p("Err:509")),
    { t: "error", v: "Err:509" },
  ],
  [
    "an error that OpenOffice writes as a 0",
    cell('table:formula="of:=1/0" office:value-type="float" office:value="0"', p("#DIV/0!")),
    { t: "error", v: "#DIV/0!" },
  ],
  [
    "an error that a program writes as an empty text",
    cell('table:formula="of:=1/0" office:value-type="string" office:string-value=""', p("Err:502")),
    { t: "error", v: "Err:502" },
  ],
  [
    "a 0 with a word before it",
    cell('table:formula="of:=0" office:value-type="float" office:value="0"', p("#0")),
    0,
  ],
  ["a formula without a value", cell('table:formula="of:=1"'), { t: "formula" }],
  ["a formula that gives no text", cell('table:formula="of:=A" office:value-type="string"'), null],
  ["a text without a type", cell("", p("x")), "x"],
  [
    "a text that is an attribute",
    cell('office:value-type="string" office:string-value="a b"', p(" a  b")),
    "a b",
  ],
  ["a text that is only an attribute", cell('office:value-type="string" office:string-value="a"', ""), "a"],
  [
    "a text that is another one in its attribute",
    cell('office:value-type="string" office:string-value="a"', p("b")),
    { t: "shown", v: "a", w: "b" },
  ],
  [
    "paragraphs, runs of spaces and tabs",
    cell(
      'office:value-type="string"',
      p('a<text:s text:c="2"/><text:span>b</text:span><text:tab/>') + p("c"),
    ),
    "a  b\t\nc",
  ],
  [
    "a text beside an annotation",
    cell('office:value-type="string"', `<office:annotation>${p("x")}</office:annotation>${p("a")}`),
    "a",
  ],
  [
    "a covered value",
    '<table:covered-table-cell office:value-type="float" office:value="1"/>',
    { t: "covered" },
  ],
])("reads %s", async (_, xml, expected) => {
  expect(await cellOf(xml)).toEqual(expected);
});

it.each([
  ["a number with a comma", cell('office:value-type="float" office:value="150,5"')],
  ["a number that is missing", cell('office:value-type="float"')],
  ["a boolean that is none", cell('office:value-type="boolean" office:boolean-value="1"')],
  ["an unknown type", cell('office:value-type="fraction" office:value="1"')],
  ["a count that is none", cell('table:number-columns-repeated="0"')],
  ["a table in a cell", cell("", "<table:table/>")],
])("refuses %s", async (_, xml) => {
  await expect(cellOf(xml)).rejects.toMatchObject({ code: "damaged" });
});

it("counts repeated rows and cells, also in groups and header rows, and reports hidden ones", async () => {
  const one = (value: number, more = "") => cell(`office:value-type="float" office:value="${value}" ${more}`);
  const sheet = await sheetOf(
    '<table:table-column/><table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>' +
      '<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>' +
      `<table:table-header-rows><table:table-row>${cell("")}${one(1, 'table:number-columns-repeated="2"')}</table:table-row></table:table-header-rows>` +
      `<table:table-row-group table:display="false"><table:table-row table:number-rows-repeated="2">${one(2)}</table:table-row></table:table-row-group>` +
      `<table:table-row table:visibility="filter">${one(3)}</table:table-row>` +
      '<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>',
  );
  expect(sheet.firstRow).toBe(4);
  expect(sheet.rows).toEqual([[null, 1, 1], [2], [2], [3]]);
  expect(sheet.hiddenRows).toEqual([5, 6, 7]);
  expect(sheet.hiddenColumns).toEqual([1, 2]);
});

it("says which table is hidden and which was open, and skips tables inside other elements", async () => {
  const tables =
    '<table:tracked-changes><table:table table:name="no"/></table:tracked-changes>' +
    '<table:table table:name="A" table:style-name="h"/><table:table table:name="B"/>';
  const settings =
    `<office:document-settings ${NAMESPACES}><config:config-item config:name="ActiveTable">B</config:config-item>` +
    "</office:document-settings>";
  const sheets = await readSheets(ods(tables, { "settings.xml": settings }));
  expect(sheets.map(({ name, isHidden, isActive }) => [name, isHidden, isActive])).toEqual([
    ["A", true, false],
    ["B", false, true],
  ]);
});

it("names a password as the reason to refuse an ods [XL-6]", async () => {
  const manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>";
  await expect(
    readSheets(ods("", { "META-INF/manifest.xml": manifest, "content.xml": "?" })),
  ).rejects.toMatchObject({ code: "encrypted" });
});

it.each([
  ["all sheets", (hides: string) => hides, [{ t: "zero" }, { t: "zero" }]],
  [
    "one sheet",
    (hides: string) =>
      `<config:config-item-map-entry config:name="B">${hides}</config:config-item-map-entry>`,
    [0, { t: "zero" }],
  ],
  [
    "a view without a name",
    (hides: string) => `<config:config-item-map-entry>${hides}</config:config-item-map-entry>`,
    [{ t: "zero" }, { t: "zero" }],
  ],
  ["none", (hides: string) => hides.replace("false", "true"), [0, 0]],
])("does not read a 0 as a value where zeros are hidden in %s [XL-2]", async (_, wrap, expected) => {
  const row = `<table:table-row>${cell('office:value-type="float" office:value="0"', p("0"))}</table:table-row>`;
  const tables = ["A", "B"].map((name) => `<table:table table:name="${name}">${row}</table:table>`).join("");
  const item = '<config:config-item config:name="ShowZeroValues"> false </config:config-item>';
  const settings = `<office:document-settings ${NAMESPACES}><config:config-item-set>${wrap(item)}</config:config-item-set></office:document-settings>`;
  const sheets = await readSheets(ods(tables, { "settings.xml": settings }));
  expect(sheets.map(({ rows }) => rows[0]?.[0])).toEqual(expected);
});

const STRUCK =
  '<style:style style:name="s" style:family="table-cell">' +
  '<style:text-properties style:text-line-through-style="solid"/></style:style>';
const SCALED =
  '<number:number-style style:name="N1"><number:number/><number:text>k</number:text></number:number-style>' +
  '<style:style style:name="s" style:family="table-cell" style:data-style-name="N1"/>';
const PLAIN_NUMBER = SCALED.replace("<number:text>k</number:text>", "");

it.each<[string, string, boolean]>([
  ["struck out", STRUCK, true],
  ["scaled", SCALED, true],
  ["plain", PLAIN_NUMBER, false],
])("reports conditions whose style is %s [XL-2]", async (_, common, isChanged) => {
  const data = ods(
    `<table:table table:name="T"><table:table-row>${cell('office:value-type="float" office:value="7"')}` +
      '</table:table-row><calcext:conditional-formats><calcext:conditional-format calcext:target-range-address="' +
      `T.A1:T.B2 $'a ''b'.$C$7"><calcext:condition calcext:apply-style-name="s"/></calcext:conditional-format>` +
      "</calcext:conditional-formats></table:table>",
    {
      "styles.xml":
        `<office:document-styles ${NAMESPACES} xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0">` +
        `<office:styles>${common}</office:styles></office:document-styles>`,
    },
  );
  const areas = [
    { firstRow: 1, lastRow: 2, firstColumn: 0, lastColumn: 1 },
    { firstRow: 7, lastRow: 7, firstColumn: 2, lastColumn: 2 },
  ];
  expect((await readSheets(data))[0]?.conditional).toEqual(isChanged ? areas : []);
});

it("does not read a list in a cell as its text [XL-2]", async () => {
  const list = "<text:list><text:list-item><text:p>RUN</text:p></text:list-item></text:list>";
  expect(await cellOf(cell('office:value-type="string"', list))).toEqual({ t: "shown", v: "", w: null });
  const number = cell('office:value-type="float" office:value="7"', list);
  expect(await cellOf(number)).toEqual({ t: "shown", v: 7, w: null });
});

it.each([
  ["no space", '1<text:s text:c="0"/>5', "15"],
  ["two spaces", '1<text:s text:c="2"/>5', "1  5"],
  ["a drawing", '1<draw:frame xmlns:draw="urn:d"><text:p>9</text:p></draw:frame>5', "15"],
])("reads a paragraph with %s [XL-6]", async (_, inside, expected) => {
  expect(await cellOf(cell('office:value-type="string"', p(inside)))).toBe(expected);
});
