/**
 * The layout of a sheet's rows: cells under a merged one, headers among them, and how many fields a record may have
 * (XL-2).
 * Twin of `src/setpoint/core/ingest/layout.py`.
 */
import { fold } from "../contract/topics.ts";
import type { Area, Cell, Sheet } from "./cells.ts";
import { Columns, type Form, type Header, MAX_COLUMNS, plain } from "./header.ts";
import { factorOf } from "./units.ts";

interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * The areas of several rows under the header whose first cell holds a value. People see the value in all of their rows,
 * but it is stored only in the first; nobody can say whether it counts for the others.
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

  /** The meaning of a blank cell: `merged` with the row of the value, or null. */
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

/**
 * The cells under the header that a conditional format may strike out, or show as something else: the rule may look at
 * any cell, so the text that people see is not known.
 */
export class Conditional {
  readonly #rows: ReadonlyMap<number, readonly Span[]>;

  constructor(sheet: Sheet, header: Header) {
    const columns = sheet.conditional?.length
      ? [header.idColumn, ...header.columns.map(({ column }) => column)]
      : [];
    this.#rows = new Map(columns.map((column) => [column, rowsOf(sheet, column)]));
  }

  /** Whether there is such a cell in a row. */
  isIn(row: number): boolean {
    for (const rows of this.#rows.values()) if (spanOf(rows, row)) return true;
    return false;
  }

  /** The cell; `conditional` if it holds a value that may look otherwise. */
  cell(row: number, column: number, cell: Cell): Cell {
    if (cell === null || !spanOf(this.#rows.get(column) ?? [], row)) return cell;
    if (typeof cell === "boolean") return { t: "conditional", v: cell ? "TRUE" : "FALSE" };
    if (typeof cell !== "object") return { t: "conditional", v: cell };
    return cell.t === "shown" ? { t: "conditional", v: cell.v } : cell;
  }
}

/** The first and last rows of the areas in a column. Adjacent areas are joined. */
function rowsOf(sheet: Sheet, column: number): Span[] {
  const joined: { first: number; last: number }[] = [];
  const areas = (sheet.conditional ?? [])
    .filter(({ firstColumn, lastColumn }) => firstColumn <= column && column <= lastColumn)
    .sort((one, other) => one.firstRow - other.firstRow);
  for (const { firstRow, lastRow } of areas) {
    const before = joined.at(-1);
    if (before && firstRow <= before.last + 1) before.last = Math.max(before.last, lastRow);
    else joined.push({ first: firstRow, last: lastRow });
  }
  return joined;
}

/** The last span that begins at or before a row, if the row is in it. */
function spanOf(spans: readonly Span[], row: number): Span | undefined {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.first ?? 0) <= row) low = middle + 1;
    else high = middle;
  }
  const span = spans[low - 1];
  return span && row <= span.last ? span : undefined;
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

/** Recognises headers among the rows under the header: the same one again, or that of another table. */
export class HeadersBelow {
  readonly #columns: Columns;
  readonly #named: ReadonlyMap<number, string>;

  constructor(form: Form, header: Header) {
    this.#columns = new Columns(form);
    const fields = header.columns.map(
      ({ column, field }) => [column, keyOf(field.name, header.factors.get(field.name) ?? 1)] as const,
    );
    this.#named = new Map([[header.idColumn, keyOf("", 1)], ...fields]);
  }

  /** Null for a row in which no cell names the column of machines. */
  read(row: readonly Cell[]): "same" | "other" | null {
    const cells = row.slice(0, MAX_COLUMNS);
    const { ids } = this.#columns;
    if (!cells.some((cell) => typeof cell === "string" && ids.has(plain(cell)[0]))) return null;
    let count = 0;
    for (const [column, cell] of cells.entries()) {
      const found = typeof cell === "string" ? this.#columns.named(cell) : null;
      if (!found) continue;
      count += 1;
      const { field, unit } = found;
      const factor = field && unit ? factorOf(field, unit) : 1;
      if (this.#named.get(column) !== keyOf(field?.name ?? "", factor)) return "other";
    }
    return count === this.#named.size ? "same" : "other";
  }
}

/** A column by the name of its field and the factor of its unit. */
function keyOf(name: string, factor: number | null): string {
  return `${name} ${factor}`;
}

/**
 * The most fields of a record in a csv file: as many as its header has names, or as the columns that are read. A row
 * above the header counts only if the header spans both rows.
 */
export function mostFields({ rows, firstRow = 1 }: Sheet, header: Header): number {
  const end = Math.max(0, header.row + 1 - firstRow);
  const places = [header.idColumn, ...header.columns.map(({ column }) => column)];
  const last = rows[end - 1];
  const isWhole = last && places.every((place) => !isBlank(last[place] ?? null));
  const headers = rows.slice(Math.max(0, end - (isWhole ? 1 : 2)), end);
  return Math.max(Math.max(...places) + 1, ...headers.map(widthOf));
}

/** How many cells there are, without blank ones at the end. */
export function widthOf(cells: readonly Cell[]): number {
  return cells.findLastIndex((cell) => !isBlank(cell)) + 1;
}

/** Whether a cell is empty or has only spaces. */
export function isBlank(cell: Cell): boolean {
  return cell === null || (typeof cell === "string" && !fold(cell));
}
