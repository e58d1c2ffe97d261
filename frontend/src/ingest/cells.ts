/**
 * The neutral cell: the content of a cell, independent of the program that wrote it and the library that read it.
 * Twin of `src/setpoint/core/ingest/cells.py`.
 *
 *     a text, a number, true or false     the plain value; numbers are finite
 *     null                                blank; a text of spaces alone is blank too
 *     {t: "percent", v: 1.2}              a number that the sheet shows as a percentage, 120 %
 *     {t: "date"}                         a date, a time or a duration, whatever its value
 *     {t: "error", v: "#N/A"}             an error value
 *     {t: "formula"}                      a formula that was saved without its value
 *     {t: "shown", v: 7, w: "007"}        a number or a text whose format shows something else; null if not known
 *     {t: "covered"}                      a value under a merged cell, where nobody sees it
 *     {t: "zero"}                         a 0 in a sheet that shows zeros as empty cells
 *     {t: "struck", v: 150}               a number or a text whose cell is struck out
 *     {t: "merged", v: 7}                 blank, under a merged cell whose value is in row 7; no reader makes it
 *     {t: "conditional", v: 150}          a number or a text that a conditional format may change; no reader makes it
 *     {t: "letters", v: "Gr??e"}          a text in a code page that is not known, its bytes that are no ASCII as `?`
 */
import type { Message, MessageArgs } from "../contract/message.ts";
import { INVISIBLE } from "../contract/topics.ts";

export type Special =
  | { readonly t: "percent"; readonly v: number }
  | { readonly t: "date" }
  | { readonly t: "error"; readonly v: string }
  | { readonly t: "formula" }
  | { readonly t: "shown"; readonly v: number | string; readonly w: string | null }
  | { readonly t: "covered" }
  | { readonly t: "zero" }
  | { readonly t: "struck"; readonly v: number | string }
  | { readonly t: "merged"; readonly v: number }
  | { readonly t: "conditional"; readonly v: number | string }
  | { readonly t: "letters"; readonly v: string };

export type Cell = string | number | boolean | null | Special;

/** Rows count from 1, columns from 0; the last ones belong to the area. */
export interface Area {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
}

/**
 * One sheet as its reader found it. `firstRow` is the number that the spreadsheet shows beside `rows[0]`; every row
 * starts at column A and may end early, blank rows at the end are left out, and nothing is beyond column 256: `isWide`
 * tells that something stood there. `hiddenRows` are numbers as the spreadsheet shows them, `hiddenColumns` count from
 * 0. `isActive` is the sheet that the program showed when the file was saved. `pages` are the old code pages that a csv
 * may be in; null if its encoding is known, or was given by a person. `isDelimited`: each row has as many cells
 * as its record has fields, blank ones too. `merges` are areas of more than one row.
 * `conditional` are areas in which a conditional format may strike out what a cell holds, or show it as something else.
 */
export interface Sheet {
  readonly name: string;
  readonly rows: readonly (readonly Cell[])[];
  readonly firstRow?: number;
  readonly isHidden?: boolean;
  readonly hiddenRows?: readonly number[];
  readonly isWide?: boolean;
  readonly hiddenColumns?: readonly number[];
  readonly isActive?: boolean;
  readonly pages?: readonly string[] | null;
  readonly isDelimited?: boolean;
  readonly merges?: readonly Area[];
  readonly totalRows?: readonly number[];
  readonly conditional?: readonly Area[];
}

/**
 * A file that is not a workbook of targets. No part of it was used. `code` is stable, the message is for people; `args`
 * are those of the code's text in the catalogue, if it has one.
 */
export class WorkbookError extends Error {
  override readonly name = "WorkbookError";
  readonly code: string;
  readonly args: MessageArgs;

  constructor(message: string, code: string, args: MessageArgs = {}) {
    super(message);
    this.code = code;
    this.args = args;
  }
}

const MAX_SHOWN = 40;
/** Stands behind each character that is struck out. */
export const STRUCK = "\u0336";
const NUMBER = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/;
const UNSEEN = new RegExp(`[\\x00-\\x1f\\x7f-\\x9f]|${INVISIBLE.source}`, "g");
/** Letters of Greek and Cyrillic that look like Latin ones. */
const LOOK_ALIKE = /[ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοАВЕЅІЈКМНОРСТУХаеорсухѕіј]/g;
const WORD = new RegExp(`[A-Za-z${LOOK_ALIKE.source.slice(1, -1)}]+`, "g");
const WHITE = /[\t\n\v\f\r ]+/g;

/** A number for people: shortest digits; minus zero is 0. */
export function numberText(number: number): string {
  return String(number);
}

/** Reads text from formats without cell types: a number only if it is written as in JSON, without an exponent. */
export function written(text: string): string | number {
  const last = text.charCodeAt(text.length - 1);
  return last >= 48 && last <= 57 && NUMBER.test(text) ? Number(text) : text;
}

/** Minus zero is zero. */
export function tidy(number: number): number {
  return number === 0 ? 0 : number;
}

function byNumber(letter: string): string {
  return `<U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}>`;
}

/**
 * A text for people: on one line, short, and with invisible characters shown by their number: `<U+200E>`. A letter of
 * another script that looks like a Latin one, between Latin ones, is shown in the same way.
 */
export function cut(text: string): string {
  const line = text
    .replace(WHITE, " ")
    .replace(UNSEEN, byNumber)
    .replace(WORD, (word) => (/[A-Za-z]/.test(word) ? word.replace(LOOK_ALIKE, byNumber) : word));
  if (line.length <= MAX_SHOWN) return line;
  const letters = Array.from(line.slice(0, 2 * MAX_SHOWN + 2));
  return letters.length > MAX_SHOWN ? `${letters.slice(0, MAX_SHOWN).join("")}…` : line;
}

/** A text in the quotation marks of the language. */
export function quoted(text: string): Message {
  return { code: "quoted", args: { text: cut(text) } };
}

/** A text in quotes, within an English sentence. */
export function shown(text: string): string {
  return `“${cut(text)}”`;
}

/**
 * At most five of these words, and how many more there are. `total` is how many there are, if only the first five were
 * made into words.
 */
export function several(
  words: readonly (string | Message)[],
  total: number = words.length,
): readonly (string | Message)[] {
  return total > 5 ? [...words.slice(0, 5), { code: "list-more", args: { count: total - 5 } }] : words;
}

/**
 * `a`, `a and b`, `a, b and c`; for more than five, `a, b, c, d, e and 2 more`. `total` is how many there are, if only
 * the first five were made into words.
 */
export function listed(words: readonly string[], total: number = words.length): string {
  if (total > 5) return `${words.slice(0, 5).join(", ")} and ${total - 5} more`;
  return total > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? "");
}
