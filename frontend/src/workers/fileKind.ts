/**
 * Recognises the kind of a file by its bytes, and names other kinds when it refuses them (XL-6).
 * Twin of `src/setpoint/workbook/kinds.py`.
 */
import { damaged, noWorkbook, type OtherFile, tooOld } from "./limits.ts";

const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const ZIP = "PK\x03\x04";
const JUNK_BYTES = 1_024;
const HEAD_CHARACTERS = 4_096;
const BY_BYTES: readonly (readonly [mark: string, what: OtherFile])[] = [
  ["%PDF", "pdf"],
  ["\x89PNG", "picture"],
  ["\xff\xd8\xff", "picture"],
  ["GIF8", "picture"],
  ["{\\rtf", "rtf"],
  ["\x1f\x8b", "gzip"],
  ["7z\xbc\xaf\x27\x1c", "seven-zip"],
  ["Rar!", "rar"],
];
const BY_MIMETYPE: readonly (readonly [mark: string, what: OtherFile])[] = [
  ["sun.xml.calc", "sxc"],
  ["opendocument.", "odf"],
];
/** A csv may begin with the same letters: the second line has a record of SYLK, with its name and a field. */
const SYLK = /^ID;P[^\r\n]*[\r\n]+(?:[A-Z]{1,2};[A-Z]|E(?:[\r\n]|$))/;
const WORKBOOK = /\.(?:xlsx|xlsm|xlsb|xls|ods|csv)$/i;
const DIF = /^TABLE\r?\n0,1\r?\n/;
const MIME = /^(?:[^\n]*\n){0,9}MIME-Version:/i;
const MARKUP: readonly (readonly [mark: RegExp, what: OtherFile])[] = [
  [/<(?:html|table|!doctype\s+html)\b/i, "html"],
  [/urn:schemas-microsoft-com:office:spreadsheet/, "xml-2003"],
  [/<office:document\b/, "flat"],
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

/** Throws `WorkbookError`, with the real kind, for a text that is something other than csv. */
export function refuseOtherText(text: string): void {
  const head = text.slice(0, HEAD_CHARACTERS).trimStart();
  if (head.startsWith("<")) throw noWorkbook(MARKUP.find(([mark]) => mark.test(head))?.[1] ?? "xml");
  if (MIME.test(head)) throw noWorkbook("mhtml");
  if (SYLK.test(head)) throw noWorkbook("sylk");
  if (DIF.test(head)) throw noWorkbook("dif");
  const isInLines = head.startsWith("{") && isJson(head.split("\n", 1)[0] ?? "");
  if (isInLines || (/^[{[]/.test(head) && isJson(text))) throw noWorkbook("json");
}

/** The refusal of a zip without a workbook, by its contents. */
export function otherZip(names: readonly string[], mimetype = ""): Error {
  const known = BY_MIMETYPE.find(([mark]) => mimetype.includes(mark));
  if (known) return noWorkbook(known[1]);
  const folders = new Set(names.map((name) => name.split("/")[0]?.toLowerCase()));
  if (folders.has("word")) return noWorkbook("word");
  if (folders.has("ppt")) return noWorkbook("slides");
  if (names.some((name) => /(?:\.iwa|index\.zip)$/i.test(name))) {
    return noWorkbook("numbers");
  }
  if (names.some((name) => WORKBOOK.test(name))) return noWorkbook("packed");
  return noWorkbook("zip");
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
