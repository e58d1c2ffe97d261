/** The neutral cell of one cell of an ods, by the type of its value (OpenDocument 1.3 part 3, 19.385). */
import type { Cell } from "../../ingest/cells.ts";
import { CellError } from "../grammarError.ts";
import { numberOf, trimmed } from "../xml/values.ts";
import { asShown } from "./shownNumber.ts";

const MAX_SHOWN = 40;

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
  /** Whether an element other than a paragraph shows a text, such as a list. */
  hasLabels: boolean;
}

/** Throws `CellError` for everything outside the grammar. `shown` is the text of its paragraphs, null for none. */
export function odsCell(cell: CellAttributes, shown: string | null): Cell {
  const found = cell.hasLabels ? labelled(uncovered(cell, shown)) : uncovered(cell, shown);
  return cell.isCovered && found !== null ? { t: "covered" } : found;
}

/** A cell that shows something other than its paragraphs. A cell that is an error already stays as it is. */
function labelled(cell: Cell): Cell {
  if (typeof cell === "boolean") return cell;
  if (cell === null || typeof cell !== "object") return { t: "shown", v: cell ?? "", w: null };
  return cell.t === "shown" ? { ...cell, w: null } : cell;
}

function uncovered(
  { isError, type, value, boolean, string, hasFormula }: CellAttributes,
  paragraphs: string | null,
): Cell {
  const shown = paragraphs ?? "";
  if (isError) return { t: "error", v: shown.slice(0, MAX_SHOWN) };
  // A program that does not know the type for errors writes 0 or an empty text as the value of the formula.
  if (hasFormula && (string || (value ?? "0").trim()) === "0" && ERROR_NAME.test(shown)) {
    return { t: "error", v: shown };
  }
  switch (type) {
    case undefined:
    case "void":
      return hasFormula ? { t: "formula" } : shown || null;
    case "float":
    case "currency":
      return paragraphs === null ? number(value) : asShown(number(value), paragraphs);
    case "percentage":
      return { t: "percent", v: number(value) };
    case "date":
    case "time":
      return { t: "date" };
    case "boolean":
      if (boolean !== "true" && boolean !== "false") {
        throw new CellError(
          `holds “${(boolean ?? "").slice(0, MAX_SHOWN)}”, which is neither true nor false`,
        );
      }
      return boolean === "true";
    case "string":
      // If the paragraphs show another text than the attribute has, nobody knows which of the two counts.
      if (string === undefined || paragraphs === null || withoutSpaces(string) === withoutSpaces(shown)) {
        return (string ?? shown) || null;
      }
      return { t: "shown", v: string, w: shown };
    default:
      throw new CellError(`has the type “${type.slice(0, 20)}”, which does not exist`);
  }
}

const ERROR_NAME = /^(?:Err:[0-9]{3}|#[A-ZÄÖÜ][^ \t\r\n]{1,9})$/;

function withoutSpaces(text: string): string {
  return text.replace(/[ \t\r\n\u00a0]/g, "");
}

function number(value: string | undefined): number {
  return numberOf(trimmed(value ?? ""));
}
