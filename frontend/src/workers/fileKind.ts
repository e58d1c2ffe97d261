/**
 * Recognises the kind of a file by its bytes, and names other kinds when it refuses them (XL-6).
 * Twin of `src/setpoint/workbook/kinds.py`.
 */
import { damaged, noWorkbook, tooOld } from "./limits.ts";

const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const ZIP = "PK\x03\x04";
const JUNK_BYTES = 1_024;
const HEAD_CHARACTERS = 4_096;
const BY_BYTES: readonly (readonly [mark: string, what: string])[] = [
  ["%PDF", "it is a PDF"],
  ["\x89PNG", "it is a picture"],
  ["\xff\xd8\xff", "it is a picture"],
  ["GIF8", "it is a picture"],
  ["{\\rtf", "it is a letter in RTF"],
  ["\x1f\x8b", "it is packed with gzip; unpack it first"],
  ["7z\xbc\xaf\x27\x1c", "it is packed with 7-Zip; unpack it first"],
  ["Rar!", "it is packed with RAR; unpack it first"],
];
const BY_MIMETYPE: readonly (readonly [mark: string, what: string])[] = [
  ["sun.xml.calc", "it is a spreadsheet of OpenOffice 1 (sxc)"],
  ["opendocument.", "it is an OpenDocument file of another kind"],
];
/** A csv may begin with the same letters: the second line has a record of SYLK, with its name and a field. */
const SYLK = /^ID;P[^\r\n]*[\r\n]+(?:[A-Z]{1,2};[A-Z]|E(?:[\r\n]|$))/;
const WORKBOOK = /\.(?:xlsx|xlsm|xlsb|xls|ods|csv)$/i;
const DIF = /^TABLE\r?\n0,1\r?\n/;
const MIME = /^(?:[^\n]*\n){0,9}MIME-Version:/i;
const MARKUP: readonly (readonly [mark: RegExp, what: string])[] = [
  [/<(?:html|table|!doctype\s+html)\b/i, "it is a web page (HTML)"],
  [/urn:schemas-microsoft-com:office:spreadsheet/, "it is an XML spreadsheet of Excel 2003"],
  [/<office:document\b/, "it is a flat OpenDocument file"],
];
/** The types of the first record of a workbook of Excel 2 to 95, which has at most 16 bytes. */
const OLD_VERSIONS = [0x00, 0x02, 0x04, 0x08];

/** By the first bytes. Throws `WorkbookError` for those of something else. */
export function kindOf(data: Uint8Array): "zip" | "compound" | "text" {
  if (starts(data, ZIP) || starts(data, "PK\x05\x06")) return "zip";
  if (COMPOUND.every((byte, index) => data[index] === byte)) return "compound";
  for (const [mark, what] of BY_BYTES) {
    if (starts(data, mark)) throw noWorkbook(what);
  }
  const [first, version = -1, size = 255, sizeAbove] = data;
  if (first === 9 && OLD_VERSIONS.includes(version) && sizeAbove === 0 && size <= 16) throw tooOld();
  const junk = latin(data.subarray(0, JUNK_BYTES)).indexOf(ZIP);
  if (junk >= 0) throw damaged(`${junk} bytes come before its zip`);
  return "text";
}

/** Throws `WorkbookError` for a text that is something else than csv, by its real name. */
export function refuseOtherText(text: string): void {
  const head = text.slice(0, HEAD_CHARACTERS).trimStart();
  if (head.startsWith("<")) throw noWorkbook(MARKUP.find(([mark]) => mark.test(head))?.[1] ?? "it is XML");
  if (MIME.test(head)) throw noWorkbook("it is a web archive (MHTML)");
  if (SYLK.test(head)) throw noWorkbook("it is a SYLK file");
  if (DIF.test(head)) throw noWorkbook("it is a DIF file");
  const isInLines = head.startsWith("{") && isJson(head.split("\n", 1)[0] ?? "");
  if (isInLines || (/^[{[]/.test(head) && isJson(text))) throw noWorkbook("it is JSON");
}

/** The refusal of a zip without a workbook, by its contents. */
export function otherZip(names: readonly string[], mimetype = ""): Error {
  const known = BY_MIMETYPE.find(([mark]) => mimetype.includes(mark));
  if (known) return noWorkbook(known[1]);
  const folders = new Set(names.map((name) => name.split("/")[0]?.toLowerCase()));
  if (folders.has("word")) return noWorkbook("it is a Word document");
  if (folders.has("ppt")) return noWorkbook("it is a presentation");
  if (names.some((name) => /(?:\.iwa|index\.zip)$/i.test(name))) {
    return noWorkbook("it is an Apple Numbers document");
  }
  if (names.some((name) => WORKBOOK.test(name)))
    return noWorkbook("it is a zip around a workbook; unpack it first");
  return noWorkbook("it is a zip with no workbook in it");
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function starts(data: Uint8Array, mark: string): boolean {
  return latin(data.subarray(0, mark.length)) === mark;
}

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
