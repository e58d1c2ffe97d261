/** Makes small workbooks for tests, part by part. */
import { storedZip } from "../workers/zip/storedZip.ts";

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"';

/** A zip of these parts. */
export function zipOf(parts: Readonly<Record<string, string | Uint8Array>>): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  return storedZip(
    new Map(
      Object.entries(parts).map(([name, part]) => [
        name,
        typeof part === "string" ? encoder.encode(part) : part,
      ]),
    ),
  );
}

/** The relations of a part: id → type and target. */
export function relations(of: Readonly<Record<string, readonly [type: string, target: string]>>): string {
  const list = Object.entries(of).map(
    ([id, [type, target]]) => `<Relationship Id="${id}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `<Relationships ${PACKAGE}>${list.join("")}</Relationships>`;
}

/** The parts of an xlsx of one sheet whose `sheetData` holds `rows`; `more` adds parts or takes the place of some. */
export function xlsxParts(rows: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    "_rels/.rels": relations({ r1: ["officeDocument", "xl/workbook.xml"] }),
    "xl/workbook.xml": `<workbook ${MAIN} xmlns:r="${OFFICE}"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": relations({
      r1: ["worksheet", "worksheets/sheet1.xml"],
      r2: ["sharedStrings", "sharedStrings.xml"],
      r3: ["styles", "styles.xml"],
    }),
    "xl/worksheets/sheet1.xml": `<worksheet ${MAIN}><sheetData>${rows}</sheetData></worksheet>`,
    ...more,
  };
}

export function xlsx(rows: string, more: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  return zipOf(xlsxParts(rows, more));
}

export function sharedStrings(items: string): Record<string, string> {
  return { "xl/sharedStrings.xml": `<sst ${MAIN}>${items}</sst>` };
}

/** Cell styles by the codes of their formats, or by built-in numbers. */
export function styles(formats: readonly (string | number)[]): Record<string, string> {
  const codes = formats.flatMap((format, index) =>
    typeof format === "string" ? [`<numFmt numFmtId="${164 + index}" formatCode="${format}"/>`] : [],
  );
  const xfs = formats.map(
    (format, index) => `<xf numFmtId="${typeof format === "string" ? 164 + index : format}"/>`,
  );
  return {
    "xl/styles.xml": `<styleSheet ${MAIN}><numFmts>${codes.join("")}</numFmts><cellXfs>${xfs.join("")}</cellXfs></styleSheet>`,
  };
}

/** A worksheet with something before or behind its rows. */
export function worksheet(rows: string, before = "", behind = ""): Record<string, string> {
  return {
    "xl/worksheets/sheet1.xml": `<worksheet ${MAIN}>${before}<sheetData>${rows}</sheetData>${behind}</worksheet>`,
  };
}
