/** References to cells and areas as SpreadsheetML writes them: `B7`, `A1:C3`, `E:F`, `2:5` (ECMA-376 part 1, 18.18.62). */
import { GrammarError } from "../grammarError.ts";

export const LAST_COLUMN = 16_384;
export const LAST_ROW = 1_048_576;

/** Rows count from 1, columns from 0; the last ones belong to the area. */
export interface Area {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly firstColumn: number;
  readonly lastColumn: number;
}

/** The column of a cell, from 0; the cell has to lie in this row. Throws `GrammarError` for anything else. */
export function columnOf(reference: string, row: number): number {
  let column = 0;
  let at = 0;
  for (; at < reference.length; at++) {
    const code = reference.charCodeAt(at);
    const letter = (code & ~32) - 64;
    if (code < 65 || letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  let number = 0;
  const start = at;
  for (; at < reference.length; at++) {
    const digit = reference.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9 || (digit === 0 && at === start)) throw noCell(reference);
    number = number * 10 + digit;
  }
  if (start === 0 || column > LAST_COLUMN || number !== row) throw noCell(reference);
  return column - 1;
}

export function rowNumber(reference: string): number {
  if (!/^[1-9][0-9]{0,6}$/.test(reference)) throw new GrammarError(`a row ${reference}`);
  return Number(reference);
}

const AREA = /^([A-Za-z]{0,3})([0-9]{0,7})(?::([A-Za-z]{0,3})([0-9]{0,7}))?$/;

/** An area of a sheet; whole columns and rows reach to the sheet's end. Throws `GrammarError` for anything else. */
export function areaOf(reference: string): Area {
  const [, fromLetters = "", fromDigits = "", toLetters = fromLetters, toDigits = fromDigits] =
    AREA.exec(reference) ?? [];
  if (!fromLetters && !fromDigits) throw new GrammarError(`an area ${reference}`);
  if (!fromLetters !== !toLetters || !fromDigits !== !toDigits)
    throw new GrammarError(`an area ${reference}`);
  const rows = [Number(fromDigits || 1), Number(toDigits || LAST_ROW)];
  const columns = [
    fromLetters ? lettersOf(fromLetters) : 0,
    toLetters ? lettersOf(toLetters) : LAST_COLUMN - 1,
  ];
  return {
    firstRow: Math.min(...rows),
    lastRow: Math.max(...rows),
    firstColumn: Math.min(...columns),
    lastColumn: Math.max(...columns),
  };
}

function lettersOf(letters: string): number {
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function noCell(reference: string): GrammarError {
  return new GrammarError(`a cell ${reference}`);
}
