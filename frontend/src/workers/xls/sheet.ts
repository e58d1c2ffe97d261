/** The cells of one xls sheet, record by record (MS-XLS 2.1.7.20.5). */
import type { Cell } from "../../ingest/cells.ts";
import type { NumberFormat } from "../../ingest/formats.ts";
import { booleanOf, errorOf, rkNumber } from "../binaryValues.ts";
import { XlsRules } from "../conditionalRecords.ts";
import { CellError } from "../grammarError.ts";
import { oddRecords } from "../limits.ts";
import type { RunTexts } from "../looks.ts";
import { formatAt, numberCell, type Place, refusal, type Shared, stringAt, textCell } from "../shared.ts";
import { LEAST_HEIGHT, LEAST_WIDTH, SheetRows } from "../sheetRows.ts";
import { substream } from "./biff.ts";
import { BiffText } from "./biffText.ts";

const FORMULA = 0x06;
const STRING = 0x207;
const MUL_RK = 0xbd;
const MUL_BLANK = 0xbe;
const LIST = 5;
const CELLS = new Set([FORMULA, 0xd6, 0xfd, 0x201, 0x203, 0x204, 0x205, 0x27e]);
/** Cells and sheets as Excel 2 to 4 wrote them: in a newer sheet their meaning is not defined. */
const OF_OLDER_VERSIONS = new Set([0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x09, 0x206, 0x209, 0x406, 0x409]);

/** Throws `WorkbookError` for what lies outside the grammar, and `RangeError` for a record that is too short. */
export function readXlsSheet(stream: Uint8Array, start: number, name: string, shared: Shared): SheetRows {
  const rows = new SheetRows(name);
  const cells = new Cells(name);
  const rules = new XlsRules(rows, shared.codes ?? new Map());
  /** The place of a formula whose text stands in the next `String` record. */
  let awaited: (Place & { readonly format: NumberFormat | null }) | null = null;
  for (const { kind, view, pieces } of substream(stream, start)) {
    if (kind === STRING && awaited) {
      cells.fill(awaited, textCell(new BiffText(pieces, 0).text(), awaited.format));
      awaited = null;
    } else if (kind === MUL_RK || kind === MUL_BLANK) takeRun(kind, view, cells, shared);
    else if (CELLS.has(kind)) {
      const place = { row: view.getUint16(0, true) + 1, column: view.getUint16(2, true) };
      cells.put(place, () => cellOf(kind, view, pieces, shared));
      if (kind === FORMULA) {
        const format = formatAt(view.getUint16(4, true), shared.styles);
        awaited = awaitsText(view) ? { ...place, format } : null;
      }
    } else if (OF_OLDER_VERSIONS.has(kind) || kind === STRING) throw oddRecords();
    else {
      takeLook(kind, view, rows);
      rules.take(kind, view);
    }
  }
  cells.fillIn(rows);
  return rows;
}

/** Cells by their places; records may come in any order. */
class Cells {
  readonly #sheet: string;
  readonly #rows = new Map<number, Map<number, Cell>>();

  constructor(sheet: string) {
    this.#sheet = sheet;
  }

  /** Throws `WorkbookError` for a place that is taken, and for a cell outside of the grammar. */
  put({ row, column }: Place, cell: () => Cell): void {
    const cells = this.#rows.get(row) ?? new Map<number, Cell>();
    try {
      if (cells.has(column)) throw new CellError("is in it twice");
      this.#rows.set(row, cells.set(column, cell()));
    } catch (error) {
      throw refusal(this.#sheet, { row, column }, error);
    }
  }

  /** Gives a cell its value that came later. */
  fill({ row, column }: Place, cell: Cell): void {
    this.#rows.get(row)?.set(column, cell);
  }

  fillIn(rows: SheetRows): void {
    for (const [row, cells] of [...this.#rows].sort(([one], [other]) => one - other)) {
      rows.open(row);
      for (const [column, cell] of cells) rows.put(column, cell);
      rows.close();
    }
  }
}

/** A run of numbers or of blanks in one row. */
function takeRun(kind: number, view: DataView, cells: Cells, { styles }: Shared): void {
  const [row, first] = [view.getUint16(0, true) + 1, view.getUint16(2, true)];
  const last = view.getUint16(view.byteLength - 2, true);
  const bytes = kind === MUL_RK ? 6 : 2;
  if (view.byteLength !== 6 + bytes * (last - first + 1)) throw oddRecords();
  for (let column = first; column <= last; column++) {
    const at = 4 + bytes * (column - first);
    cells.put({ row, column }, () => {
      const format = formatAt(view.getUint16(at, true), styles);
      return kind === MUL_RK ? numberCell(rkNumber(view.getInt32(at + 2, true)), format) : null;
    });
  }
}

/** Takes the records that say how the sheet looks: hidden rows, columns and zeros, merged areas. */
function takeLook(kind: number, view: DataView, rows: SheetRows): void {
  if (kind === 0x208) {
    // Row
    const isFlat = (view.getUint16(6, true) & 0x7fff) < 20 * LEAST_HEIGHT;
    if (isFlat || view.getUint16(12, true) & 0x20) rows.hideRow(view.getUint16(0, true) + 1);
  } else if (kind === 0x7d) {
    // ColInfo
    const isHidden = view.getUint16(8, true) & 1 || view.getUint16(4, true) < 256 * LEAST_WIDTH;
    const [first, last] = [view.getUint16(0, true), view.getUint16(2, true)];
    if (isHidden) rows.hideColumns(first, last);
    else rows.showColumns(first, last);
  } else if (kind === 0x55) {
    // DefColWidth
    if (view.getUint16(0, true) === 0) rows.hideColumnsWithoutWidth();
  } else if (kind === 0x23e) {
    // Window2, and its flag fDspZerosRt
    if (!(view.getUint16(0, true) & 0x10)) rows.hideZeros();
  } else if (kind === 0x872 || kind === 0x878) takeTotals(view, rows);
  else if (kind === 0xe5) {
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

/** The rows that are totals of a table, in a Feature11 or Feature12 (MS-XLS 2.4.114, 2.5.266). */
function takeTotals(view: DataView, rows: SheetRows): void {
  const count = view.getUint16(19, true);
  if (view.getUint16(12, true) !== LIST || !count) return;
  const totals = view.getUint32(27 + 8 * count + 12, true);
  rows.addTotals(view.getUint16(27, true) + 1, view.getUint16(29, true) + 1, totals);
}

function cellOf(
  kind: number,
  view: DataView,
  pieces: readonly DataView[],
  { strings, styles, isCalculated, runs }: Shared,
): Cell {
  const format = formatAt(view.getUint16(4, true), styles);
  switch (kind) {
    case FORMULA:
      return formulaValue(view, format, isCalculated);
    case 0xd6: // RString
      return textCell(richText(pieces, runs), format);
    case 0x204: // Label
      return textCell(new BiffText(pieces, 6).text(), format);
    case 0xfd: // LabelSst
      return textCell(stringAt(view.getUint32(6, true), strings), format);
    case 0x203: // Number
      return numberCell(view.getFloat64(6, true), format);
    case 0x27e: // RK
      return numberCell(rkNumber(view.getInt32(6, true)), format);
    case 0x205: // BoolErr
      if (view.getUint8(7) > 1) throw oddRecords();
      return view.getUint8(7) ? errorOf(view.getUint8(6)) : booleanOf(view.getUint8(6));
    default: // Blank
      return null;
  }
}

function richText(pieces: readonly DataView[], runs: RunTexts | undefined): string {
  const text = new BiffText(pieces, 6);
  return runs ? text.richText(runs) : text.text();
}

/** Whether a formula's value is a text, which stands in the next `String` record. */
function awaitsText(view: DataView): boolean {
  return view.getUint16(12, true) === 0xffff && view.getUint8(6) === 0;
}

/** The saved value of a formula: a number, or a kind in its first byte if the last two are full (2.5.133). */
function formulaValue(view: DataView, format: NumberFormat | null, isCalculated: boolean): Cell {
  if (view.getUint16(12, true) !== 0xffff) {
    const number = view.getFloat64(6, true);
    return number === 0 && !isCalculated ? { t: "formula" } : numberCell(number, format);
  }
  switch (view.getUint8(6)) {
    case 1:
      return booleanOf(view.getUint8(8));
    case 2:
      return errorOf(view.getUint8(8));
    case 0:
      return { t: "formula" }; // until its text comes
    case 3:
      return isCalculated ? null : { t: "formula" };
    default:
      throw oddRecords();
  }
}
