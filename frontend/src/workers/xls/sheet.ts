/** The cells of one xls sheet, record by record (MS-XLS 2.1.7.20.5). */
import type { Cell } from "../../ingest/cells.ts";
import { errorOf, rkNumber } from "../binaryValues.ts";
import { GrammarError } from "../grammarError.ts";
import { numberCell, type Shared, stringAt } from "../shared.ts";
import { SheetRows } from "../sheetRows.ts";
import { substream } from "./biff.ts";
import { BiffText } from "./biffText.ts";

const FORMULA = 0x06;
const STRING = 0x207;
const MUL_RK = 0xbd;
const MUL_BLANK = 0xbe;
const CELLS = new Set([FORMULA, 0xd6, 0xfd, 0x201, 0x203, 0x204, 0x205, 0x27e]);

/** Throws `GrammarError` for what lies outside the grammar, and `RangeError` for a record that is too short. */
export function readXlsSheet(stream: Uint8Array, start: number, name: string, shared: Shared): SheetRows {
  const rows = new SheetRows(name);
  const cells = new Cells();
  /** The place of a formula whose text stands in the next `String` record. */
  let awaited: { row: number; column: number } | null = null;
  for (const { kind, view, pieces } of substream(stream, start)) {
    if (kind === STRING && awaited) {
      cells.fill(awaited.row, awaited.column, new BiffText(pieces, 0).text() || null);
      awaited = null;
    } else if (kind === MUL_RK || kind === MUL_BLANK) takeRun(kind, view, cells, shared);
    else if (CELLS.has(kind)) {
      if (awaited) throw new GrammarError("a formula without its text");
      const [row, column] = [view.getUint16(0, true), view.getUint16(2, true)];
      cells.put(row, column, cellOf(kind, view, pieces, shared));
      if (kind === FORMULA && view.getUint16(12, true) === 0xffff && view.getUint8(6) === 0) {
        awaited = { row, column };
      }
    } else takeLook(kind, view, rows);
  }
  if (awaited) throw new GrammarError("a formula without its text");
  cells.fillIn(rows);
  return rows;
}

/** Cells by row and column, both from 0; records may come in any order. */
class Cells {
  readonly #rows = new Map<number, Map<number, Cell>>();

  put(row: number, column: number, cell: Cell): void {
    const cells = this.#rows.get(row) ?? new Map<number, Cell>();
    if (cells.has(column)) throw new GrammarError("a cell twice");
    this.#rows.set(row, cells.set(column, cell));
  }

  /** Gives a cell its value that came later. */
  fill(row: number, column: number, cell: Cell): void {
    this.#rows.get(row)?.set(column, cell);
  }

  fillIn(rows: SheetRows): void {
    for (const [row, cells] of [...this.#rows].sort(([one], [other]) => one - other)) {
      rows.open(row + 1);
      for (const [column, cell] of cells) rows.put(column, cell);
      rows.close();
    }
  }
}

/** A run of numbers or of blanks in one row. */
function takeRun(kind: number, view: DataView, cells: Cells, { styles }: Shared): void {
  const [row, first] = [view.getUint16(0, true), view.getUint16(2, true)];
  const last = view.getUint16(view.byteLength - 2, true);
  const bytes = kind === MUL_RK ? 6 : 2;
  if (view.byteLength !== 6 + bytes * (last - first + 1)) throw new GrammarError("a run of another length");
  for (let column = first; column <= last; column++) {
    const at = 4 + bytes * (column - first);
    const style = view.getUint16(at, true);
    const isNumber = kind === MUL_RK;
    cells.put(
      row,
      column,
      isNumber ? numberCell(rkNumber(view.getInt32(at + 2, true)), style, styles) : null,
    );
  }
}

/** What says how the sheet looks: hidden rows and columns, merged areas. */
function takeLook(kind: number, view: DataView, rows: SheetRows): void {
  if (kind === 0x208) {
    // Row
    if (view.getUint16(12, true) & 0x20) rows.hideRow(view.getUint16(0, true) + 1);
  } else if (kind === 0x7d) {
    // ColInfo
    const isHidden = view.getUint16(8, true) & 1 || view.getUint16(4, true) === 0;
    if (isHidden) rows.hideColumns(view.getUint16(0, true), view.getUint16(2, true));
  } else if (kind === 0xe5) {
    // MergeCells
    for (let index = 0; index < view.getUint16(0, true); index++) {
      const at = 2 + 8 * index;
      rows.merge({
        firstRow: view.getUint16(at, true) + 1,
        lastRow: view.getUint16(at + 2, true) + 1,
        firstColumn: view.getUint16(at + 4, true),
        lastColumn: view.getUint16(at + 6, true),
      });
    }
  }
}

function cellOf(
  kind: number,
  view: DataView,
  pieces: readonly DataView[],
  { strings, styles }: Shared,
): Cell {
  const style = view.getUint16(4, true);
  switch (kind) {
    case FORMULA:
      return formulaValue(view, style, styles);
    case 0xd6: // RString
    case 0x204: // Label
      return new BiffText(pieces, 6).text() || null;
    case 0xfd: // LabelSst
      return stringAt(view.getUint32(6, true), strings) || null;
    case 0x203: // Number
      return numberCell(view.getFloat64(6, true), style, styles);
    case 0x27e: // RK
      return numberCell(rkNumber(view.getInt32(6, true)), style, styles);
    case 0x205: // BoolErr
      return view.getUint8(7) ? errorOf(view.getUint8(6)) : view.getUint8(6) !== 0;
    default: // Blank
      return null;
  }
}

/** The saved value of a formula: a number, or a kind in its first byte where the last two are full (2.5.133). */
function formulaValue(view: DataView, style: number, styles: Shared["styles"]): Cell {
  if (view.getUint16(12, true) !== 0xffff) return numberCell(view.getFloat64(6, true), style, styles);
  switch (view.getUint8(6)) {
    case 0: // a text, which stands in the next `String` record
    case 3: // an empty text
      return null;
    case 1:
      return view.getUint8(8) !== 0;
    case 2:
      return errorOf(view.getUint8(8));
    default:
      throw new GrammarError("a value of a formula of no known kind");
  }
}
