/**
 * Old code pages of csv files: which texts in them are known for sure, and which are not (XL-6).
 *
 * Two pages read the same bytes as different letters, so none is guessed. The page is what makes names of the plant out
 * of bytes that are no ASCII, where nothing else does. A field that all pages left read alike is a text. Without such a
 * name only words of Latin letters that the western, central European, Turkish and Baltic pages share are known
 * (`Größe`). Any other field with such bytes is a cell of its own kind, which no field takes.
 * Twin of `src/setpoint/workbook/codepages.py`.
 */
import type { Cell } from "../ingest/cells.ts";
import { plain } from "../ingest/header.ts";

const PAGES = [
  "windows-1250",
  "windows-1251",
  "windows-1252",
  "windows-1253",
  "windows-1254",
  "windows-1257",
  "koi8-r",
  "ibm866",
  "macintosh",
  "gb18030",
  "big5",
  "shift_jis",
  "euc-kr",
] as const;
const LATIN = ["windows-1252", "windows-1250", "windows-1254", "windows-1257"] as const;
/** Characters that no page has for sure: controls, private ones, and some that came late to GB 18030. */
const NOT_ALIKE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufe10-\ufe19\u1e3f\u9fb4-\u9fbb\ufffd]/;
const HIGH = /[\x80-\xff]/g;
const BETWEEN_DIGITS = /(?<=[0-9])[\x92\xa0](?=[0-9])/g;
const WORD = /[A-Za-z\x80-\xff]+/g;
const MANY_HIGH = /[\x80-\xff]{3}/;
const PIECES = /[;,\t|"\r\n]+/;
const LOOKED_AT = 65_536;
/** What some engines leave as control characters of windows-1252. */
const WINDOWS = Array.from("€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ");

export function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text);
}

/** Bytes as the letters of Latin-1, one for each. */
export function latin1(data: Uint8Array): string {
  let text = "";
  for (let start = 0; start < data.length; start += 8_192) {
    text += String.fromCharCode(...data.subarray(start, start + 8_192));
  }
  return text;
}

/** The text of a field that is not all ASCII, its bytes as Latin-1 has them, where it is known. */
export function lettersCell(field: string, pages: readonly string[]): Cell {
  const texts = new Set(pages.length ? pages.map((page) => decoded(field, page)) : [latin(field)]);
  const [text = null] = texts;
  return texts.size > 1 || text === null ? { t: "letters", v: field.replace(HIGH, "?") } : text;
}

/**
 * The pages that make most names of the plant out of a text in Latin-1; none where none of them makes any. Where the
 * bytes are UTF-8 and make as many, that is among them, and comes first.
 */
export function pagesOf(text: string, names: ReadonlySet<string>): string[] {
  if (names.size === 0) return [];
  const pieces = [...new Set(text.slice(0, LOOKED_AT).split(PIECES))].filter((each) => !isAscii(each));
  const counts = ["utf-8", ...PAGES].map((page) => [page, countOf(pieces, page, names)] as const);
  const most = Math.max(...counts.map(([, count]) => count));
  return most ? counts.filter(([, count]) => count === most).map(([page]) => page) : [];
}

function countOf(pieces: readonly string[], page: string, names: ReadonlySet<string>): number {
  const found = pieces.map((each) => decoded(each, page)).flatMap((each) => (each ? [plain(each)[0]] : []));
  return new Set(found.filter((each) => names.has(each))).size;
}

function decoded(field: string, page: string): string | null {
  const bytes = Uint8Array.from(field, (letter) => letter.charCodeAt(0));
  try {
    const text = new TextDecoder(page, { fatal: true, ignoreBOM: true }).decode(bytes);
    const whole =
      page === "windows-1252"
        ? text.replace(/[\x80-\x9f]/g, (code) => WINDOWS[code.charCodeAt(0) - 128] ?? code)
        : text;
    return NOT_ALIKE.test(whole) ? null : whole;
  } catch {
    return null;
  }
}

/** The text of a field that is words of letters which the Latin pages share, each mostly ASCII. */
function latin(field: string): string | null {
  const rest = field.replace(BETWEEN_DIGITS, "");
  for (const word of rest.match(WORD) ?? []) {
    const high = word.match(HIGH)?.length ?? 0;
    if (high && (MANY_HIGH.test(word) || word.length - high <= high)) return null;
  }
  const texts = new Set(LATIN.map((page) => decoded(rest, page)));
  const [text = null] = texts;
  if (texts.size > 1 || text === null || /[^\p{ASCII}\p{L}]/u.test(text)) return null;
  return decoded(field, LATIN[0]);
}
