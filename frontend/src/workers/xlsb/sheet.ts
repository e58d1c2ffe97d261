/** The cells of one xlsb sheet, record by record (MS-XLSB 2.1.7.62). */
import type { Cell } from "../../ingest/cells.ts";
import { errorOf, rkNumber } from "../binaryValues.ts";
import { GrammarError } from "../grammarError.ts";
import { numberCell, type Shared, stringAt } from "../shared.ts";
import { SheetRows } from "../sheetRows.ts";
import { records, text } from "./records.ts";

const ROW = 0;
const LAST_CELL = 11;
const RICH_TEXT = 62;
const COLUMNS = 60;
const MERGED = 176;
const BEGIN_DATA = 145;
const END_DATA = 146;

/** Throws `GrammarError` for what lies outside the grammar, and `RangeError` for a record that is too short. */
export function readXlsbSheet(part: Uint8Array, name: string, shared: Shared): SheetRows {
  const rows = new SheetRows(name);
  let isInData = false;
  let row = -1;
  for (const { kind, view } of records(part)) {
    if (kind === BEGIN_DATA) isInData = true;
    else if (kind === END_DATA) {
      if (row >= 0) rows.close();
      isInData = false;
      row = -1;
    } else if (isInData && kind === ROW) {
      const next = view.getUint32(0, true);
      if (next <= row) throw new GrammarError("rows out of order");
      if (row >= 0) rows.close();
      row = next;
      rows.open(row + 1);
      if (view.getUint8(11) & 0x10) rows.hideRow(row + 1);
    } else if (isInData && (kind <= LAST_CELL || kind === RICH_TEXT)) {
      if (row < 0) throw new GrammarError("a cell without a row");
      const column = view.getUint32(0, true);
      rows.occupy(column);
      rows.put(column, cellOf(kind, view, shared));
    } else if (kind === COLUMNS) takeColumns(view, rows);
    else if (kind === MERGED) {
      rows.merge({
        firstRow: view.getUint32(0, true) + 1,
        lastRow: view.getUint32(4, true) + 1,
        firstColumn: view.getUint32(8, true),
        lastColumn: view.getUint32(12, true),
      });
    }
  }
  return rows;
}

function takeColumns(view: DataView, rows: SheetRows): void {
  const isHidden = view.getUint16(16, true) & 1 || view.getUint32(8, true) === 0;
  if (isHidden) rows.hideColumns(view.getUint32(0, true), view.getUint32(4, true));
}

function cellOf(kind: number, view: DataView, { strings, styles }: Shared): Cell {
  const style = view.getUint32(4, true) & 0xffffff;
  switch (kind) {
    case 1: // BrtCellBlank
      return null;
    case 2: // BrtCellRk
      return numberCell(rkNumber(view.getInt32(8, true)), style, styles);
    case 3: // BrtCellError
    case 11: // BrtFmlaError
      return errorOf(view.getUint8(8));
    case 4: // BrtCellBool
    case 10: // BrtFmlaBool
      return view.getUint8(8) !== 0;
    case 5: // BrtCellReal
    case 9: // BrtFmlaNum
      return numberCell(view.getFloat64(8, true), style, styles);
    case 6: // BrtCellSt
    case 8: // BrtFmlaString
      return text(view, 8)[0] || null;
    case RICH_TEXT:
      return text(view, 9)[0] || null;
    default: // BrtCellIsst
      return stringAt(view.getUint32(8, true), strings) || null;
  }
}
