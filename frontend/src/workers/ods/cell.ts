/** What one cell of an ods says, by the type of its value (OpenDocument 1.3 part 3, 19.385). */
import type { Cell } from "../../ingest/cells.ts";
import { GrammarError } from "../grammarError.ts";
import { numberOf, trimmed } from "../xml/values.ts";

/** The attributes of a cell that count, used again for the next one. */
export interface CellAttributes {
  /** Whether LibreOffice says that an error value is shown. */
  isError: boolean;
  type: string | undefined;
  value: string | undefined;
  boolean: string | undefined;
  string: string | undefined;
  hasFormula: boolean;
  isCovered: boolean;
}

/** Throws `GrammarError` for whatever lies outside the grammar. `shown` is the text of the cell's paragraphs. */
export function odsCell(cell: CellAttributes, shown: string): Cell {
  const found = uncovered(cell, shown);
  return cell.isCovered && found !== null ? { t: "covered" } : found;
}

function uncovered(
  { isError, type, value, boolean, string, hasFormula }: CellAttributes,
  shown: string,
): Cell {
  if (isError) return { t: "error", v: shown };
  switch (type) {
    case undefined:
    case "void":
      return hasFormula ? { t: "formula" } : shown || null;
    case "float":
    case "currency":
      return number(value);
    case "percentage":
      return { t: "percent", v: number(value) };
    case "date":
    case "time":
      return { t: "date" };
    case "boolean":
      if (boolean !== "true" && boolean !== "false") throw new GrammarError(`a boolean ${boolean}`);
      return boolean === "true";
    case "string":
      return (string ?? shown) || null;
    default:
      throw new GrammarError(`a value of type ${type}`);
  }
}

function number(value: string | undefined): number {
  return numberOf(trimmed(value ?? ""));
}
