/**
 * What the layout of a sheet says of its rows: cells under a merged one, and how many fields a record may have (XL-2).
 * Twin of `src/setpoint/core/ingest/layout.py`.
 */
import type { Area, Cell, Sheet } from "./cells.ts";
import type { Header } from "./header.ts";

interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * The areas of several rows under the header whose first cell holds a value. People see it in all of their rows, and it
 * stands only in the first: in the others nobody can say whether it is meant.
 */
export class Merged {
  readonly #spans: ReadonlyMap<number, readonly Span[]>;
  readonly #first: number;
  readonly #last: number;

  constructor(sheet: Sheet, header: Header) {
    const columns = sheet.merges?.length ? header.columns : [];
    this.#spans = new Map(columns.map(({ column }) => [column, spansOf(sheet, header, column)]));
    const every = [...this.#spans.values()].flat();
    this.#first = every.reduce((low, { first }) => Math.min(low, first), Number.POSITIVE_INFINITY);
    this.#last = every.reduce((high, { last }) => Math.max(high, last), -1);
  }

  /** Whether there can be such a cell in a row. */
  isIn(row: number): boolean {
    return this.#first <= row && row <= this.#last;
  }

  /** What a blank cell counts as: `merged` with the row of the value, or null. */
  cell(row: number, column: number): Cell {
    const spans = this.#spans.get(column) ?? [];
    let [low, high] = [0, spans.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((spans[middle]?.first ?? 0) < row) low = middle + 1;
      else high = middle;
    }
    const span = spans[low - 1];
    return span && row <= span.last ? { t: "merged", v: span.first } : null;
  }
}

function spansOf(sheet: Sheet, header: Header, column: number): Span[] {
  return (sheet.merges ?? [])
    .filter((area) => area.firstColumn <= column && column <= area.lastColumn && header.row < area.firstRow)
    .filter((area) => at(sheet, area) !== null)
    .map(({ firstRow, lastRow }) => ({ first: firstRow, last: lastRow }))
    .sort((one, other) => one.first - other.first || one.last - other.last);
}

function at({ rows, firstRow = 1 }: Sheet, area: Area): Cell {
  return rows[area.firstRow - firstRow]?.[area.firstColumn] ?? null;
}

/** How many fields a record of a csv file has at most: as many as its header, or as the columns that are read. */
export function mostFields({ rows, firstRow = 1 }: Sheet, header: Header): number {
  const end = Math.max(0, header.row + 1 - firstRow);
  const named = Math.max(header.idColumn, ...header.columns.map(({ column }) => column)) + 1;
  return Math.max(named, ...rows.slice(Math.max(0, end - 2), end).map((row) => row.length));
}
