/** The cells of one xlsb sheet, record by record (MS-XLSB 2.1.7.62). */
import type { Area, Cell } from "../../ingest/cells.ts";
import { booleanOf, errorOf, rkNumber } from "../binaryValues.ts";
import { damaged } from "../limits.ts";
import { formatAt, numberCell, refusal, type Shared, stringAt, textCell } from "../shared.ts";
import { LEAST_HEIGHT, LEAST_WIDTH, SheetRows } from "../sheetRows.ts";
import { LAST_COLUMN, LAST_ROW } from "../xlsx/references.ts";
import { records, richText, text } from "./records.ts";

const ROW = 0;
const BLANK = 1;
const LAST_CELL = 11;
/** BrtShortBlank to BrtShortIsst: the same as 1 to 7, without the column, which is the one right of the cell before. */
export const SHORT_BLANK = 12;
const LAST_SHORT = 18;
const RICH_TEXT = 62;
const COLUMNS = 60;
/** BrtWsFmtInfo: the width of columns without one of their own. */
const SIZES = 485;
const MERGED = 176;
const VIEW = 137;
/** BrtBeginConditionalFormatting, BrtBeginCFRule. */
const CONDITIONAL = 461;
const RULE = 463;
const BEGIN_DATA = 145;
const END_DATA = 146;

/**
 * `shortKinds` takes the kinds of cells without a column. Throws `WorkbookError` for what lies outside the grammar, and
 * `RangeError` for a record that is too short.
 */
export function readXlsbSheet(
  part: Uint8Array,
  name: string,
  shared: Shared,
  shortKinds: Set<number>,
): SheetRows {
  const rows = new SheetRows(name);
  let isInData = false;
  let dataCount = 0;
  let row = 0;
  let column = -1;
  let areas: Area[] = [];
  for (const { kind, view } of records(part)) {
    if (kind === BEGIN_DATA || kind === END_DATA) {
      isInData = kind === BEGIN_DATA;
      dataCount += Number(isInData);
    } else if (kind === COLUMNS) takeColumns(view, rows);
    else if (kind === SIZES) {
      if (view.getUint32(0, true) < 256 * LEAST_WIDTH) rows.hideColumnsWithoutWidth();
    } else if (kind === VIEW) takeView(view, rows);
    else if (kind === MERGED) takeMerged(view, rows);
    else if (kind === CONDITIONAL) areas = areasIn(view);
    else if (kind === RULE && shared.changing?.has(view.getUint32(8, true))) {
      for (const area of areas) rows.condition(area);
    } else if (isInData && kind === ROW) {
      row = takeRow(view, row, name, rows);
      column = -1;
    } else if (isInData && (kind <= LAST_CELL || kind === RICH_TEXT)) {
      column = view.getUint32(0, true);
      takeCell(kind, view, { row, column }, name, rows, shared);
    } else if (isInData && SHORT_BLANK <= kind && kind <= LAST_SHORT) {
      if (column < 0) throw damaged("a cell without a column is the first of its row");
      shortKinds.add(kind);
      column += 1;
      takeCell(kind - LAST_CELL, withColumn(view), { row, column }, name, rows, shared);
    } else if (!isInData && saysValue(kind)) {
      throw damaged(`sheet “${name}” has a cell outside of its rows`, name);
    }
  }
  if (row) rows.close();
  if (dataCount !== 1) throw damaged(`sheet “${name}” has no cells, or has them twice`, name);
  return rows;
}

/** Files of Excel have a blank cell outside of the rows, which has no meaning. */
function saysValue(kind: number): boolean {
  return (BLANK < kind && kind <= LAST_SHORT && kind !== SHORT_BLANK) || kind === RICH_TEXT;
}

function takeRow(view: DataView, last: number, name: string, rows: SheetRows): number {
  const row = view.getUint32(0, true) + 1;
  if (row <= last || row > LAST_ROW)
    throw damaged(`row ${row} of sheet “${name}” stands out of its order`, name);
  if (last) rows.close();
  rows.open(row);
  if (view.getUint8(11) & 0x10 || view.getUint16(8, true) < 20 * LEAST_HEIGHT) rows.hideRow(row);
  return row;
}

/** A short cell with four bytes before it, which nobody reads: those of the record's head, and of records before it. */
function withColumn(view: DataView): DataView {
  return new DataView(view.buffer, view.byteOffset - 4, view.byteLength + 4);
}

function takeCell(
  kind: number,
  view: DataView,
  { row, column }: { row: number; column: number },
  name: string,
  rows: SheetRows,
  shared: Shared,
): void {
  if (!row || column >= LAST_COLUMN) throw damaged(`sheet “${name}” has a cell outside of its rows`, name);
  try {
    rows.occupy(column);
    rows.put(column, cellOf(kind, view, shared));
  } catch (error) {
    throw refusal(name, { row, column }, error);
  }
}

function takeMerged(view: DataView, rows: SheetRows): void {
  rows.merge(areaAt(view, 0));
}

function areaAt(view: DataView, at: number): Area {
  return {
    firstRow: view.getUint32(at, true) + 1,
    lastRow: view.getUint32(at + 4, true) + 1,
    firstColumn: view.getUint32(at + 8, true),
    lastColumn: view.getUint32(at + 12, true),
  };
}

/** The areas of a conditional format. Throws `RangeError` for a list that is too short. */
function areasIn(view: DataView): Area[] {
  const areas: Area[] = [];
  for (let left = view.getUint32(8, true); left > 0; left--) areas.push(areaAt(view, 12 + 16 * areas.length));
  return areas;
}

/** The flag fDspZeros of BrtBeginWsView. */
function takeView(view: DataView, rows: SheetRows): void {
  if (!(view.getUint16(0, true) & 0x10)) rows.hideZeros();
}

function takeColumns(view: DataView, rows: SheetRows): void {
  const isHidden = view.getUint16(16, true) & 1 || view.getUint32(8, true) < 256 * LEAST_WIDTH;
  const [first, last] = [view.getUint32(0, true), view.getUint32(4, true)];
  if (isHidden) rows.hideColumns(first, last);
  else rows.showColumns(first, last);
}

function cellOf(kind: number, view: DataView, { strings, styles, isCalculated, runs }: Shared): Cell {
  const format = formatAt(view.getUint32(4, true) & 0xffffff, styles);
  switch (kind) {
    case 1: // BrtCellBlank
      return null;
    case 2: // BrtCellRk
      return numberCell(rkNumber(view.getInt32(8, true)), format);
    case 3: // BrtCellError
    case 11: // BrtFmlaError
      return errorOf(view.getUint8(8));
    case 4: // BrtCellBool
    case 10: // BrtFmlaBool
      return booleanOf(view.getUint8(8));
    case 9: // BrtFmlaNum
      if (!isCalculated && view.getFloat64(8, true) === 0) return { t: "formula" };
      return numberCell(view.getFloat64(8, true), format);
    case 5: // BrtCellReal
      return numberCell(view.getFloat64(8, true), format);
    case 6: // BrtCellSt
    case 8: // BrtFmlaString
      return textCell(text(view, 8)[0], format);
    case RICH_TEXT:
      return textCell(runs ? richText(view, 8, runs) : text(view, 9)[0], format);
    default: // BrtCellIsst
      return textCell(stringAt(view.getUint32(8, true), strings), format);
  }
}
