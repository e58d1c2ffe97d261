/** The rows of one sheet while a reader finds them, whatever the format; `sheet` puts them in their order. */
import type { Area, Cell, Sheet } from "../ingest/cells.ts";
import { MAX_COLUMNS } from "../ingest/header.ts";
import { CellError } from "./grammarError.ts";
import { damaged, MAX_ROWS, tooManyRows } from "./limits.ts";
import { LAST_COLUMN } from "./xlsx/references.ts";

type Row = readonly Cell[];

/** In points, and in characters. A smaller row or column cannot be read, so it counts as hidden. */
export const LEAST_HEIGHT = 4;
export const LEAST_WIDTH = 0.5;
const NO_CELLS: Row = [];

export class SheetRows {
  readonly #name: string;
  readonly #numbers: number[] = [];
  readonly #rows: Row[] = [];
  readonly #hiddenRows: number[] = [];
  readonly #hiddenColumns = new Set<number>();
  readonly #merged: Area[] = [];
  readonly #spans: Area[] = [];
  readonly #conditional: Area[] = [];
  readonly #uncalculated: Area[] = [];
  readonly #totalRows = new Set<number>();
  #areColumnsHiddenAtFirst = false;
  #isWide = false;
  #hidesZeros = false;
  #isAscending = true;
  /** The numbers of all rows so far, as soon as one was out of order. */
  #seen: Set<number> | null = null;
  /** The cells of the open row, and how many of them count: the array is used again. */
  readonly #cells: Cell[] = [];
  #width = 0;
  /** For each column the count of rows so far when a cell last stood in it. */
  readonly #seenIn = new Uint32Array(LAST_COLUMN);

  constructor(name: string) {
    this.#name = name;
  }

  /** Begins a row by its number from 1. Rows may come in any order. Throws `WorkbookError` for one that comes twice. */
  open(number: number): void {
    if (number <= (this.#numbers.at(-1) ?? 0)) this.#isAscending = false;
    if (!this.#isAscending) this.#checkOnce(number);
    this.#numbers.push(number);
    this.#width = 0;
  }

  /** Notes that the open row has a cell, blank or not. Throws `CellError` if the place is taken. */
  occupy(column: number): void {
    if (this.#seenIn[column] === this.#numbers.length) throw new CellError("is in it twice");
    this.#seenIn[column] = this.#numbers.length;
  }

  /** Puts a value into the open row; columns count from 0. */
  put(column: number, cell: Cell): void {
    if (cell === null) return;
    if (column >= MAX_COLUMNS) {
      this.#isWide = true;
      return;
    }
    const cells = this.#cells;
    while (this.#width < column) cells[this.#width++] = null;
    cells[column] = cell;
    this.#width = Math.max(this.#width, column + 1);
  }

  /** Ends the open row. Throws `WorkbookError` for values below the limit. */
  close(): void {
    this.#rows.push(this.#width ? this.#cells.slice(0, this.#width) : NO_CELLS);
    if (this.#width && (this.#numbers.at(-1) ?? 0) > MAX_ROWS) throw tooManyRows(this.#name);
  }

  /** The same row again, under the next numbers. */
  repeat(count: number): void {
    const last = this.#numbers.at(-1) ?? 0;
    const cells = this.#rows.at(-1) ?? NO_CELLS;
    if (cells.length && last + count > MAX_ROWS) throw tooManyRows(this.#name);
    if (!cells.length) return;
    for (let number = last + 1; number <= last + count; number++) {
      this.#numbers.push(number);
      this.#rows.push(cells);
    }
  }

  hideRow(number: number): void {
    this.#hiddenRows.push(number);
  }

  /** Columns count from 0. */
  hideColumns(first: number, last: number): void {
    for (let column = first; column <= last && column < MAX_COLUMNS; column++)
      this.#hiddenColumns.add(column);
  }

  /** Hides every column that `showColumns` does not name later. */
  hideColumnsWithoutWidth(): void {
    this.hideColumns(0, MAX_COLUMNS - 1);
    this.#areColumnsHiddenAtFirst = true;
  }

  /** Says that columns have a width of their own, which people can read. */
  showColumns(first: number, last: number): void {
    if (!this.#areColumnsHiddenAtFirst) return;
    for (let column = first; column <= last && column < MAX_COLUMNS; column++)
      this.#hiddenColumns.delete(column);
  }

  /** Throws `WorkbookError` for an area that ends before it begins. */
  merge(area: Area): void {
    if (area.firstRow > area.lastRow || area.firstColumn > area.lastColumn)
      throw damaged(`sheet “${this.#name}” has a merged area that ends before it begins`, this.#name);
    this.#merged.push(area);
  }

  /** As `merge`, for a format that says itself which cells are covered. */
  span(area: Area): void {
    this.#spans.push(area);
  }

  /** Notes that a conditional format may change what an area shows. Either corner may come first. */
  condition({ firstRow, lastRow, firstColumn, lastColumn }: Area): void {
    this.#conditional.push({
      firstRow: Math.min(firstRow, lastRow),
      lastRow: Math.max(firstRow, lastRow),
      firstColumn: Math.min(firstColumn, lastColumn),
      lastColumn: Math.max(firstColumn, lastColumn),
    });
  }

  /** Says that a formula for the cells of an area was saved without their values. */
  leaveUncalculated(area: Area): void {
    this.#uncalculated.push(area);
  }

  /** Says that the last `count` rows of a table are its totals; the table goes from one row to another. */
  addTotals(first: number, last: number, count: number): void {
    for (let row = Math.max(first, last - count + 1); row <= last; row++) this.#totalRows.add(row);
  }

  /** Says that the view of the sheet shows a 0 as an empty cell. */
  hideZeros(): void {
    this.#hidesZeros = true;
  }

  #checkOnce(number: number): void {
    this.#seen ??= new Set(this.#numbers);
    if (this.#seen.has(number))
      throw damaged(`row ${number} of sheet “${this.#name}” is in it twice`, this.#name);
    this.#seen.add(number);
  }

  /** What was found; blank rows before the first and behind the last value are left out. */
  sheet(state: Pick<Sheet, "isHidden" | "isActive">): Sheet {
    const rows: Row[] = [];
    let firstRow = 1;
    for (const index of this.#order()) {
      const cells = this.#rows[index] ?? NO_CELLS;
      if (!cells.length) continue;
      const number = this.#numbers[index] ?? 0;
      if (!rows.length) firstRow = number;
      while (rows.length < number - firstRow) rows.push(NO_CELLS);
      rows.push(cells);
    }
    for (const area of this.#uncalculated) markUncalculated(rows, firstRow, area);
    for (const area of this.#merged) cover(rows, firstRow, area);
    if (this.#hidesZeros) hideZeros(rows);
    return {
      name: this.#name,
      rows,
      firstRow,
      ...state,
      hiddenRows: this.#hiddenRows,
      hiddenColumns: [...this.#hiddenColumns],
      isWide: this.#isWide,
      totalRows: [...this.#totalRows],
      conditional: this.#conditional,
      merges: [...this.#merged, ...this.#spans].filter(({ firstRow, lastRow }) => firstRow < lastRow),
    };
  }

  #order(): number[] | Iterable<number> {
    if (this.#isAscending) return this.#numbers.keys();
    const at = (index: number) => this.#numbers[index] ?? 0;
    return Array.from(this.#numbers.keys()).sort((one, other) => at(one) - at(other));
  }
}

/** Marks cells without a value of their own that a formula in another cell would fill: blank, or 0 to hold the place. */
function markUncalculated(rows: readonly Row[], firstRow: number, area: Area): void {
  const last = Math.min(area.lastRow - firstRow, rows.length - 1);
  const end = Math.min(area.lastColumn, MAX_COLUMNS - 1);
  for (let offset = Math.max(0, area.firstRow - firstRow); offset <= last; offset++) {
    const cells = rows[offset] as Cell[];
    if (!cells.length) continue;
    while (cells.length <= end) cells.push(null);
    for (let column = area.firstColumn; column <= end; column++) {
      const cell = cells[column] ?? null;
      if (cell === null || isZero(cell)) cells[column] = { t: "formula" };
    }
  }
}

/** Marks the values of a merged area that are not shown: all but the one in its first cell. */
function cover(rows: readonly Row[], firstRow: number, area: Area): void {
  const last = Math.min(area.lastRow - firstRow, rows.length - 1);
  for (let offset = Math.max(0, area.firstRow - firstRow); offset <= last; offset++) {
    const cells = rows[offset] as Cell[];
    const end = Math.min(area.lastColumn, cells.length - 1);
    for (let column = area.firstColumn; column <= end; column++) {
      const isFirst = offset === area.firstRow - firstRow && column === area.firstColumn;
      if (!isFirst && cells[column] !== null) cells[column] = { t: "covered" };
    }
  }
}

/** Marks zeros that are not shown because zeros are hidden. A value that is only rounded to 0 is shown. */
function hideZeros(rows: readonly Row[]): void {
  for (const cells of rows as readonly Cell[][]) {
    for (const [column, cell] of cells.entries()) {
      if (isZero(cell)) cells[column] = { t: "zero" };
    }
  }
}

function isZero(cell: Cell): boolean {
  return (typeof cell === "object" && cell !== null && "v" in cell ? cell.v : cell) === 0;
}
