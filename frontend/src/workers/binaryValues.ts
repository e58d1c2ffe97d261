/** Values that xls and xlsb write in the same way (MS-XLS 2.5.10 and 2.5.217). */
import type { Cell } from "../ingest/cells.ts";
import { CellError } from "./grammarError.ts";

const ERRORS: Readonly<Record<number, string>> = {
  0: "#NULL!",
  7: "#DIV/0!",
  15: "#VALUE!",
  23: "#REF!",
  29: "#NAME?",
  36: "#NUM!",
  42: "#N/A",
  43: "#GETTING_DATA",
};

export function errorOf(code: number): Cell {
  return { t: "error", v: ERRORS[code] ?? "#VALUE!" };
}

/** Throws `CellError` for a byte that is neither. */
export function booleanOf(value: number): boolean {
  if (value > 1) throw new CellError(`holds “${value}”, which is neither true nor false`);
  return value === 1;
}

/** A number in 30 bits: an integer or the upper part of a double, maybe divided by 100. */
export function rkNumber(rk: number): number {
  let number: number;
  if (rk & 2) number = rk >> 2;
  else {
    const view = new DataView(new ArrayBuffer(8));
    view.setInt32(0, rk & ~3);
    number = view.getFloat64(0);
  }
  return rk & 1 ? number / 100 : number;
}
