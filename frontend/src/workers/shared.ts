/** What the cells of all formats refer to, and how a sheet that cannot be read is refused. */
import type { Cell } from "../ingest/cells.ts";
import type { NumberFormat } from "../ingest/formats.ts";
import { letters } from "../ingest/header.ts";
import { CellError, GrammarError } from "./grammarError.ts";
import { damaged } from "./limits.ts";
import type { RunTexts } from "./looks.ts";

/** The format of each cell style, by its number; null if it shows numbers and texts as they are. */
export type Styles = readonly (NumberFormat | null)[];

export interface Shared {
  readonly strings: readonly string[];
  readonly styles: Styles;
  /** Whether the saved values of formulas count. Libraries that do not calculate save 0 and say so. */
  readonly isCalculated: boolean;
  /** In xls: the codes of the formats by their numbers. */
  readonly codes?: ReadonlyMap<number, string>;
  /** In xlsx and xlsb: the places of the formats of conditions that strike out a value, or show another. */
  readonly changing?: ReadonlySet<number>;
  /** In xlsx: the names of the styles of tables that may strike out a value below the header. */
  readonly changingTables?: ReadonlySet<string>;
  /** In binary formats: the fonts, and the texts that have some. */
  readonly runs?: RunTexts;
}

/** A place in a sheet: rows count from 1, columns from 0. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Null where numbers are shown as they are; without any styles every cell is General. */
export function formatAt(style: number, styles: Styles): NumberFormat | null {
  if (style >= styles.length && styles.length) {
    throw new CellError(`has the style ${style}, which does not exist`);
  }
  return styles[style] ?? null;
}

/** Throws `CellError` for an index beyond the last shared string. */
export function stringAt(index: number, strings: readonly string[]): string {
  const string = strings[index];
  if (string === undefined) throw noString(String(index));
  return string;
}

export function noString(index: string): CellError {
  return new CellError(`asks for the shared text “${index.slice(0, 20)}”, which does not exist`);
}

/** The cell of a number. Throws `CellError` for one that is not finite. */
export function numberCell(number: number, format: NumberFormat | null): Cell {
  if (!Number.isFinite(number)) throw new CellError("holds no finite number");
  return format ? format.cell(number) : number;
}

/** The cell of a text, null if it is empty. */
export function textCell(text: string, format: NumberFormat | null): Cell {
  return (format ? format.text(text) : text) || null;
}

/** The refusal of a file whose sheet lies outside the grammar, at this place; any other error is returned unchanged. */
export function refusal(sheet: string, { row, column }: Place, error: unknown): unknown {
  if (error instanceof CellError) {
    const cell = `${letters(column)}${row}`;
    return damaged(`cell ${cell} of sheet “${sheet}” ${error.message}`, sheet, cell);
  }
  return error instanceof GrammarError
    ? damaged(`sheet “${sheet}” has cells that cannot be read`, sheet)
    : error;
}
