/**
 * Old code pages of csv files: which texts in them are known for sure, and which are not (XL-6).
 *
 * Two pages can read the same bytes as different letters, so a page is never guessed. It is the page that a person gives,
 * or the only one in which non-ASCII bytes give names of the plant. A field that all remaining pages read alike is a
 * text. Without such a name only words of Latin letters that the western, central European, Turkish and Baltic pages
 * share are known (`Größe`). Any other field with such bytes is a cell of its own kind, which no field takes.
 * Twin of `src/setpoint/workbook/codepages.py`.
 */
import { type Cell, WorkbookError } from "../ingest/cells.ts";
import { plain } from "../ingest/header.ts";

/** The pages that both languages know, by their names on the web. */
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
/** The encodings that a person can choose for a csv file. */
export const ENCODINGS: readonly string[] = ["utf-8", "utf-16", ...PAGES];
const OTHER_NAMES: Readonly<Record<string, string>> = {
  utf8: "utf-8",
  gbk: "gb18030",
  gb2312: "gb18030",
  cp936: "gb18030",
  sjis: "shift_jis",
  "shift-jis": "shift_jis",
  cp932: "shift_jis",
  latin1: "windows-1252",
  "iso-8859-1": "windows-1252",
  cp949: "euc-kr",
  cp950: "big5",
  cp866: "ibm866",
};
const LATIN = ["windows-1252", "windows-1250", "windows-1254", "windows-1257"] as const;
/** Characters that no page has for certain: controls, private ones, and some that GB 18030 added late. */
const NOT_ALIKE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
  /[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufe10-\ufe19\u1e3f\u9fb4-\u9fbb\ufffd]/;
/**
 * The bytes of these pages, as Latin-1 has them, that all programs read as the same letters. The other bytes have
 * letters that a country, a company or a later version added, which are not always the same.
 */
const ALIKE: Readonly<Record<string, RegExp>> = {
  gb18030: /[^\x80-\xff]+|(?!\xa3\xa0)[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x81-\xfe][0-9][\x81-\xfe][0-9]/g,
  big5: /[^\x80-\xff]+|(?!\xa3[\xc0-\xe0])[\xa1-\xc5\xc9-\xf8][\x40-\x7e\xa1-\xfe]|\xc6[\x40-\x7e]|\xf9[\x40-\x7e\xa1-\xfd]/g,
};
const HIGH = /[\x80-\xff]/g;
const BETWEEN_DIGITS = /(?<=[0-9])[\x92\xa0](?=[0-9])/g;
const WORD = /[A-Za-z\x80-\xff]+/g;
const MANY_HIGH = /[\x80-\xff]{3}/;
const PIECES = /[;,\t|"\r\n]+/;
const LOOKED_AT = 65_536;
/** The letters that windows-1252 has in the place of Latin-1's control characters. */
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

/** The text in the encoding that a person named. Throws `WorkbookError` for a name or bytes that do not fit. */
export function declared(data: Uint8Array<ArrayBuffer>, name: string): string {
  const lower = name.toLowerCase();
  const page =
    (Object.hasOwn(OTHER_NAMES, lower) && OTHER_NAMES[lower]) || lower.replace(/^cp(?=125)/, "windows-");
  if (!ENCODINGS.includes(page)) {
    throw new WorkbookError(
      `“${name.slice(0, 40)}” is no encoding that is known here; take one of ${ENCODINGS.join(", ")}.`,
      "unknown_encoding",
    );
  }
  const text = page === "utf-16" ? unlessBroken(data, "utf-16le") : readAs(data, page);
  if (text === null || NOT_ALIKE.test(text.endsWith("\x1a") ? text.slice(0, -1) : text)) {
    throw new WorkbookError(
      `The file is not in ${page}: it has bytes that mean nothing there. Save it as CSV UTF-8.`,
      "other_encoding",
    );
  }
  return text;
}

export function decode(data: Uint8Array<ArrayBuffer>, encoding: string): string {
  return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(data);
}

/** The text; null if a program may read other letters, or none. Engines differ on windows-1252. */
function readAs(data: Uint8Array<ArrayBuffer>, page: string): string | null {
  const alike = ALIKE[page];
  if (alike && latin1(data).replace(alike, "")) return null;
  if (page !== "windows-1252") return unlessBroken(data, page);
  return latin1(data).replace(/[\x80-\x9f]/g, (code) => WINDOWS[code.charCodeAt(0) - 128] ?? code);
}

function unlessBroken(data: Uint8Array<ArrayBuffer>, encoding: string): string | null {
  try {
    return decode(data, encoding);
  } catch {
    return null;
  }
}

/** The text, if it is known, of a field that is not all ASCII; its bytes are given as Latin-1 has them. */
export function lettersCell(field: string, pages: readonly string[]): Cell {
  const texts = new Set(pages.length ? pages.map((page) => decoded(field, page)) : [latin(field)]);
  const [text = null] = texts;
  return texts.size > 1 || text === null ? { t: "letters", v: field.replace(HIGH, "?") } : text;
}

/**
 * The pages that make the most names of the plant out of a text in Latin-1; none if no page makes any. If the bytes are
 * UTF-8 and make as many, UTF-8 is among them, and comes first.
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
  const text = readAs(
    Uint8Array.from(field, (letter) => letter.charCodeAt(0)),
    page,
  );
  return text === null || NOT_ALIKE.test(text) ? null : text;
}

/**
 * The text of a field, if it consists of words of letters that the Latin pages share, each of them mostly ASCII;
 * otherwise null.
 */
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
