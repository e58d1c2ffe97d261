/**
 * SheetJS as the second reader of xls and xlsb, where one mistake in binary records is a wrong value.
 *
 * The records are read by hand, because SheetJS drops what they say about percentages, dates, errors and hidden rows.
 * SheetJS then reads the same bytes, and every value has to be the same: if the two readers differ, the file is
 * refused.
 */
import { read, type WorkBook } from "@e965/xlsx";
import type { Cell, Sheet } from "../ingest/cells.ts";
import { MAX_COLUMNS } from "../ingest/header.ts";
import { damaged, encrypted } from "./limits.ts";
import { LONE } from "./looks.ts";

/** A cell as SheetJS has it in a dense sheet, as far as it is looked at. */
interface RawCell {
  readonly t: string;
  readonly v?: unknown;
}

/**
 * The same sheets. Throws `WorkbookError` where SheetJS cannot read the file, or reads another value. `sheetStubs`: it
 * makes blank cells too, which takes memory; without them it does not count a blank cell that names no column.
 * `unmarked`: texts with marks for raised or struck-out characters, and the same texts without the marks.
 */
export function agreeingWithSheetJs(
  data: Uint8Array<ArrayBuffer>,
  sheets: readonly Sheet[],
  unmarked?: ReadonlyMap<string, string>,
  sheetStubs = false,
): Sheet[] {
  const book = parsed(data, sheetStubs);
  for (const sheet of sheets) {
    const rows = (book.Sheets[sheet.name]?.["!data"] ?? []) as readonly (readonly RawCell[] | undefined)[];
    const { firstRow = 1 } = sheet;
    const count = Math.max(rows.length, firstRow - 1 + sheet.rows.length);
    for (let row = 0; row < count; row++) {
      const cells = sheet.rows[row - firstRow + 1] ?? [];
      const others = rows[row] ?? [];
      const width = Math.min(Math.max(cells.length, others.length), MAX_COLUMNS);
      for (let column = 0; column < width; column++) {
        if (!isSame(cells[column] ?? null, others[column], unmarked)) throw differs(sheet.name, row + 1);
      }
    }
  }
  return [...sheets];
}

function parsed(data: Uint8Array<ArrayBuffer>, sheetStubs: boolean): WorkBook {
  try {
    return read(data, { type: "array", dense: true, cellText: false, cellHTML: false, sheetStubs });
  } catch (error) {
    if (/password|encrypt/i.test((error as Error).message ?? "")) throw encrypted();
    throw damaged("its records are not what they should be");
  }
}

/** Whether SheetJS found what the records say. Only the records know which kind of number a value is. */
function isSame(
  cell: Cell,
  other: RawCell | undefined,
  unmarked: ReadonlyMap<string, string> | undefined,
): boolean {
  const isBlank = !other || other.t === "z" || other.v === "" || other.v === undefined;
  if (cell === null) return isBlank;
  if (typeof cell === "string") return other?.t === "s" && isText(cell, other, unmarked);
  if (typeof cell === "boolean") return other?.t === "b" && other.v === cell;
  if (typeof cell === "number") return other?.t === "n" && other.v === cell;
  switch (cell.t) {
    case "percent":
    case "shown":
    case "struck":
      if (typeof cell.v === "string") return other?.t === "s" && isText(cell.v, other, unmarked);
      return (other?.t === "n" || (cell.t === "struck" && other?.t === "d")) && other.v === cell.v;
    case "date":
      return other?.t === "n" || other?.t === "d";
    case "zero":
      return other?.t === "n" && other.v === 0;
    case "error":
      return other?.t === "e";
    default:
      return true; // a covered value, which counts for nothing
  }
}

function isText(text: string, other: RawCell, unmarked: ReadonlyMap<string, string> | undefined): boolean {
  const found = typeof other.v === "string" ? other.v.replace(LONE, "\ufffd") : other.v;
  return found === text || found === unmarked?.get(text);
}

function differs(sheet: string, row: number): Error {
  return damaged(`sheet “${sheet}” has a cell in row ${row} that two readers read differently`, sheet);
}
