/** References to cells and areas as SpreadsheetML writes them: `B7`, `A1:C3`, `E:F`, `2:5` (ECMA-376 part 1, 18.18.62). */
import type { Area } from "../../ingest/cells.ts";
import { damaged } from "../limits.ts";

export const LAST_COLUMN = 16_384;
export const LAST_ROW = 1_048_576;

/** The column, from 0, of the reference between `from` and `to`; -1 if it is not a cell in this row. */
export function columnOf(source: string, from: number, to: number, row: number): number {
  let column = 0;
  let at = from;
  for (; at < to; at++) {
    const code = source.charCodeAt(at);
    const letter = (code & ~32) - 64;
    if (code < 65 || letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  let number = 0;
  const start = at;
  for (; at < to; at++) {
    const digit = source.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9 || (digit === 0 && at === start)) return -1;
    number = number * 10 + digit;
  }
  return start === from || start > from + 3 || number !== row ? -1 : column - 1;
}

/** The number of a row; 0 if the text is not one. */
export function rowNumber(reference: string): number {
  const number = /^[1-9][0-9]{0,6}$/.test(reference) ? Number(reference) : 0;
  return number <= LAST_ROW ? number : 0;
}

const AREA = /^\$?([A-Za-z]{1,3})?\$?([1-9][0-9]{0,6})?$/;

/** An area of a sheet; whole columns and rows reach to the sheet's end. Throws `WorkbookError` for anything else. */
export function areaOf(reference: string): Area {
  const [from = "", to = from, ...more] = reference.split(":");
  const [, fromLetters, fromDigits] = AREA.exec(from) ?? [];
  const [, toLetters, toDigits] = AREA.exec(to) ?? [];
  const isArea = (fromLetters || fromDigits) && !fromLetters === !toLetters && !fromDigits === !toDigits;
  if (!isArea || more.length) throw damaged(`“${reference.slice(0, 40)}” is no area of cells`);
  return {
    firstRow: Number(fromDigits ?? 1),
    lastRow: Number(toDigits ?? LAST_ROW),
    firstColumn: fromLetters ? lettersOf(fromLetters) : 0,
    lastColumn: toLetters ? lettersOf(toLetters) : LAST_COLUMN - 1,
  };
}

function lettersOf(letters: string): number {
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
