/**
 * Reads csv: finds encoding and delimiter, keeps every text unchanged, and decides what is a number.
 * Twin of `src/setpoint/workbook/delimited.py`.
 *
 * No library is used, because libraries guess: `1E5` becomes 100000, `3/4` a date, `007` a 7. Here a field is a
 * number only if it is written as in JSON, without an exponent. Anything else stays a text, which `ingest/cast.ts`
 * reads. A point before exactly three digits may separate thousands, so such a field stays a text too, and `cast`
 * refuses it as ambiguous. The delimiter does not decide this: a comma between the fields does not tell what the point
 * in `1.250` means.
 */
import { type Cell, numberText, type Sheet, WorkbookError, written } from "../ingest/cells.ts";
import { MAX_COLUMNS } from "../ingest/header.ts";
import { declared, decode, isAscii, latin1, lettersCell, pagesOf } from "./codePages.ts";
import { refuseOtherText } from "./fileKind.ts";
import { empty, MAX_ROWS, noWorkbook, tooManyRows } from "./limits.ts";

const SHEET_NAME = "csv";
const DELIMITERS = [";", "\t", ",", "|"] as const;
const LOOKED_AT_LINES = 21;
const LOOKED_AT_CHARACTERS = 65_536;
const MAX_FIELD = 131_072;
const STATED = /^sep=([;\t,|])\r?\n?/;
const MAYBE_THOUSANDS = /^-?[1-9][0-9]{0,2}\.[0-9]{3}$/;
const NOTHING: string[] = [];
/** CP/M and DOS end a text file with it; some programs still do. */
const END_OF_FILE = "\x1a";
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
const CONTROLS = /[\x00-\x08\x0e-\x1f]/;
/** In some code pages, the second byte of a letter may be a bar. */
const CUT_IN_TWO = /[\x80-\xff]\|/;

/**
 * The rows of a csv file. `names` are the plant's own that are not all ASCII; `encoding` is the one that a person
 * chose. Throws `WorkbookError` for bytes that are not text, and for quotes that do not close.
 */
export function readDelimited(
  data: Uint8Array<ArrayBuffer>,
  names: ReadonlySet<string>,
  encoding: string | null = null,
): Sheet {
  const { text, pages } = decoded(data, names, encoding);
  const stated = STATED.exec(text);
  const delimiter = stated?.[1] ?? foundIn(text.slice(0, LOOKED_AT_CHARACTERS));
  if (pages && delimiter === "|" && CUT_IN_TWO.test(text)) {
    throw new WorkbookError(
      "The file is in a code page that is not known, where a bar can be part of a letter. Choose its encoding, or save it as CSV UTF-8.",
      "unknown_letters",
    );
  }
  const rows: Cell[][] = [];
  let isWide = false;
  let blank = 0;
  for (const record of records(text, stated?.[0].length ?? 0, delimiter)) {
    if (!record.some(Boolean)) {
      blank += 1; // a file may have only line breaks, so they take no memory until something follows
      continue;
    }
    if (rows.length + blank >= MAX_ROWS) throw tooManyRows(SHEET_NAME);
    if (record.length > MAX_COLUMNS) {
      isWide ||= record.slice(MAX_COLUMNS).some(Boolean);
      record.length = MAX_COLUMNS;
    }
    for (; blank > 0; blank -= 1) rows.push([]);
    rows.push(record.map((field) => (field ? cell(field, pages) : null)));
  }
  return { name: SHEET_NAME, rows, isWide, pages, isDelimited: true };
}

function cell(field: string, pages: readonly string[] | null): Cell {
  if (pages && !isAscii(field)) return lettersCell(field, pages);
  if (MAYBE_THOUSANDS.test(field)) return field;
  const value = written(field);
  // A number that is not written in the shortest form (`1.10`, `-0`) keeps its written form for columns of texts.
  return typeof value === "number" && numberText(value) !== field
    ? { t: "shown", v: value, w: field }
    : value;
}

/** The records of a csv text (RFC 4180); a quoted field may hold line breaks, and the record is one row all the same. */
function* records(text: string, start: number, delimiter: string): Generator<string[]> {
  let at = start;
  let number = 0;
  const mark = delimiter.charCodeAt(0);
  while (at < text.length) {
    number += 1;
    const first = text.charCodeAt(at);
    if (first === 10 || first === 13) {
      at += first === 13 && text.charCodeAt(at + 1) === 10 ? 2 : 1;
      yield NOTHING;
      continue;
    }
    const fields: string[] = [];
    for (;;) {
      let field: string;
      if (text.charCodeAt(at) === 34) {
        [field, at] = quoted(text, at, number);
        const next = text.charCodeAt(at);
        if (at < text.length && next !== mark && next !== 10 && next !== 13) throw unmatched(number);
      } else {
        const from = at;
        for (let code = text.charCodeAt(at); at < text.length; code = text.charCodeAt(++at)) {
          if (code === mark || code === 10 || code === 13) break;
        }
        field = text.slice(from, at);
      }
      if (field.length > MAX_FIELD && Array.from(field).length > MAX_FIELD) throw unmatched(number);
      fields.push(field);
      if (text.charCodeAt(at) !== mark) break;
      at += 1;
    }
    if (text.charCodeAt(at) === 13) at += 1;
    if (text.charCodeAt(at) === 10) at += 1;
    yield fields;
  }
}

function quoted(text: string, start: number, number: number): [field: string, at: number] {
  let at = start + 1;
  for (;;) {
    at = text.indexOf('"', at);
    // A field that is too long ends the search: each quote in it costs a step.
    if (at < 0 || at - start > 2 * MAX_FIELD + 2) throw unmatched(number);
    if (text.charCodeAt(at + 1) !== 34) break;
    at += 2;
  }
  return [text.slice(start + 1, at).replaceAll('""', '"'), at + 1];
}

function unmatched(record: number): WorkbookError {
  return new WorkbookError(
    `The quotes in record ${record} of the csv file do not match. Save it again from a spreadsheet program.`,
    "damaged",
  );
}

interface Decoded {
  readonly text: string;
  /** The code pages that are left if the text is read as Latin-1; null if the encoding is known. */
  readonly pages: readonly string[] | null;
}

/**
 * Decodes by byte order mark, by the person's choice, or as UTF-16 or UTF-8 if the bytes look like it. Otherwise
 * decodes as Latin-1, with the possible code pages.
 */
function decoded(
  data: Uint8Array<ArrayBuffer>,
  names: ReadonlySet<string>,
  encoding: string | null,
): Decoded {
  const known = marked(data) ?? (encoding === null ? unmarkedUtf16(data) : declared(data, encoding));
  if (known !== null) return { text: checked(known), pages: null };
  let text: string | null = null;
  try {
    text = decode(data, "utf-8");
  } catch {
    // in an old code page
  }
  if (text !== null && (names.size === 0 || isAscii(text))) return { text: checked(text), pages: null };
  const bytes = latin1(data);
  const pages = pagesOf(bytes, names);
  const isUtf8 = pages.length === 0 || pages[0] === "utf-8";
  if (text !== null && isUtf8) return { text: checked(text), pages: null };
  return { text: checked(bytes), pages: isUtf8 ? [] : pages };
}

/** The text of a file with a mark; null for any other. */
function marked(data: Uint8Array<ArrayBuffer>): string | null {
  const [a, b, c] = data;
  if (a === 0xef && b === 0xbb && c === 0xbf) return unicode(data.subarray(3), "utf-8");
  if (a === 0xff && b === 0xfe) return unicode(data.subarray(2), "utf-16le");
  if (a === 0xfe && b === 0xff) return unicode(data.subarray(2), "utf-16be");
  return null;
}

/** The text of UTF-16 by its zero bytes; null for any other. */
function unmarkedUtf16(data: Uint8Array<ArrayBuffer>): string | null {
  const zeros = [0, 0];
  const end = Math.min(data.length, 1000);
  for (let at = 0; at < end; at++) if (data[at] === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [before = 0, behind = 0] = zeros;
  if (8 * Math.max(before, behind) < end) return null;
  return unicode(data, behind > before ? "utf-16le" : "utf-16be");
}

function unicode(data: Uint8Array<ArrayBuffer>, encoding: string): string {
  try {
    return decode(data, encoding);
  } catch {
    throw noWorkbook("encoding");
  }
}

function checked(whole: string): string {
  const text = whole.endsWith(END_OF_FILE) ? whole.slice(0, -1) : whole;
  if (CONTROLS.test(text)) throw noWorkbook("binary");
  refuseOtherText(text);
  if (!text.trim()) throw empty();
  return text;
}

/** The delimiter that most of the first lines have; of equals the one that occurs most often. */
function foundIn(text: string): string {
  const lines = text.split(/\r\n|\n|\r/, LOOKED_AT_LINES).map((line) => line.replace(/"[^"]*"/g, ""));
  let best: string = DELIMITERS[0];
  let [bestLines, bestCount] = [-1, -1];
  for (const mark of DELIMITERS) {
    const counts = lines.map((line) => line.split(mark).length - 1);
    const having = counts.filter(Boolean).length;
    const count = counts.reduce((sum, each) => sum + each, 0);
    if (having > bestLines || (having === bestLines && count > bestCount)) {
      [best, bestLines, bestCount] = [mark, having, count];
    }
  }
  return best;
}
