/**
 * Limits for files, and the messages for refused files (XL-6, XL-7).
 * Twin of `src/setpoint/workbook/limits.py`.
 */
import { quoted, WorkbookError } from "../ingest/cells.ts";

export const MAX_FILE_BYTES = 20_000_000;
export const MAX_INFLATED_BYTES = 200_000_000;
export const MAX_INFLATED_RATIO = 100;
export const MAX_ROWS = 1_000_000;
export const MAX_READ_MS = 30_000;

/** Throws `WorkbookError` for a file of no bytes, or of more than 20 MB. */
export function checkSize(size: number): void {
  if (size === 0) throw empty();
  if (size > MAX_FILE_BYTES) {
    throw new WorkbookError(
      `The file has ${Math.ceil(size / 1_000_000)} MB; up to ${MAX_FILE_BYTES / 1_000_000} MB are read. ` +
        "Split it, or remove pictures and sheets that are not needed.",
      "too_large",
    );
  }
}

export function empty(): WorkbookError {
  return new WorkbookError("The file is empty.", "empty");
}

/** What a file is instead of a workbook, by the names under which the other languages have texts. */
export const OTHER_FILES = {
  pdf: "it is a PDF",
  picture: "it is a picture",
  rtf: "it is a letter in RTF",
  gzip: "it is packed with gzip; unpack it first",
  "seven-zip": "it is packed with 7-Zip; unpack it first",
  rar: "it is packed with RAR; unpack it first",
  sylk: "it is a SYLK file",
  sxc: "it is a spreadsheet of OpenOffice 1 (sxc)",
  odf: "it is an OpenDocument file of another kind",
  html: "it is a web page (HTML)",
  "xml-2003": "it is an XML spreadsheet of Excel 2003",
  flat: "it is a flat OpenDocument file",
  xml: "it is XML",
  mhtml: "it is a web archive (MHTML)",
  dif: "it is a DIF file",
  json: "it is JSON",
  word: "it is a Word document",
  slides: "it is a presentation",
  numbers: "it is an Apple Numbers document",
  packed: "it is a zip around a workbook; unpack it first",
  zip: "it is a zip with no workbook in it",
  compound: "it is a compound file with no workbook in it",
  old: "it was saved by Excel 95 or older",
  encoding: "it is text in no encoding that is known here",
  binary: "it holds neither text nor a format that is known here",
} as const;

export type OtherFile = keyof typeof OTHER_FILES;

export function noWorkbook(what: OtherFile): WorkbookError {
  return new WorkbookError(
    `The file is no workbook: ${OTHER_FILES[what]}. Save it as xlsx, xlsm, xls, xlsb, ods or csv.`,
    "no_workbook",
    { what },
  );
}

/** `sheet` and, if one cell is damaged, `cell` are the place, for the text in other languages. */
export function damaged(where: string, sheet = "", cell = ""): WorkbookError {
  return new WorkbookError(
    `The file is damaged: ${where}. Open it in a spreadsheet program, save it again, and send that.`,
    "damaged",
    sheet ? { sheet: quoted(sheet), cell: cell || "no" } : {},
  );
}

/** Throws `WorkbookError` for two sheets of one name, because nobody knows which of them is meant. */
export function checkNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw damaged(`two of its sheets have the name “${twice.slice(0, 40)}”`, twice);
}

export function encrypted(): WorkbookError {
  return new WorkbookError(
    "The file is protected by a password. Save it without a password to open it.",
    "encrypted",
  );
}

export function tooOld(): WorkbookError {
  return noWorkbook("old");
}

export function notInUtf8(): WorkbookError {
  return damaged("its XML is not in UTF-8");
}

/** XML that is not well-formed, or whose root is another than the one that belongs there. */
export function notXml(): WorkbookError {
  return damaged("its XML is not what it should be");
}

/** Records that do not hold together. */
export function oddRecords(): WorkbookError {
  return damaged("its records are not what they should be");
}

export function inflatesTooMuch(): WorkbookError {
  return new WorkbookError(
    `The file unpacks to more than ${MAX_INFLATED_BYTES / 1_000_000} MB or ${MAX_INFLATED_RATIO} times its size; ` +
      "that much is not read. Remove what is not needed.",
    "inflates_too_much",
  );
}

export function tooManyRows(sheet: string): WorkbookError {
  return new WorkbookError(
    `The sheet “${sheet}” has cells below row ${MAX_ROWS}; up to ${MAX_ROWS} rows are read. Split it.`,
    "too_many_rows",
    { sheet: quoted(sheet), most: String(MAX_ROWS) },
  );
}

export function holdsEntities(): WorkbookError {
  return new WorkbookError(
    "The file's XML declares a document type, as no spreadsheet program writes it. It was not read.",
    "entities",
  );
}

export function tooSlow(): WorkbookError {
  return new WorkbookError(
    `The file could not be read within ${MAX_READ_MS / 1000} s. Split it, or remove what is not needed.`,
    "too_slow",
  );
}
