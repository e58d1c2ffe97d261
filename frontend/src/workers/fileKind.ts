/** What a file is by its first bytes, whatever its name says, and the words for what is no workbook (XL-6). */
import { damaged, noWorkbook } from "./limits.ts";

const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const ZIP = "PK\x03\x04";
const MARKS: readonly (readonly [mark: string, what: string])[] = [
  ["%PDF", "it is a PDF"],
  ["\x89PNG", "it is a picture"],
  ["\xff\xd8\xff", "it is a picture"],
  ["GIF8", "it is a picture"],
  ["{\\rtf", "it is a letter in RTF"],
  ["\x1f\x8b", "it is packed with gzip"],
  ["7z\xbc\xaf\x27\x1c", "it is a 7z archive"],
  ["Rar!\x1a\x07", "it is a rar archive"],
];
const HEAD_BYTES = 4096;

export function isZip(data: Uint8Array): boolean {
  return starts(data, ZIP) || starts(data, "PK\x05\x06");
}

export function isCompound(data: Uint8Array): boolean {
  return COMPOUND.every((byte, index) => data[index] === byte);
}

/** Throws `WorkbookError` for a file of a kind that is known and is no workbook that can be read. */
export function refuseKnown(data: Uint8Array<ArrayBuffer>): void {
  for (const [mark, what] of MARKS) {
    if (starts(data, mark)) throw noWorkbook(what);
  }
}

function starts(data: Uint8Array, mark: string): boolean {
  return Array.from(mark).every((letter, index) => data[index] === letter.charCodeAt(0));
}

void HEAD_BYTES;
void damaged;
