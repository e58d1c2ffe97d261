/** What one `<c>` says, by its type and its style (18.3.1.4, 18.18.11). */
import type { Cell } from "../../ingest/cells.ts";
import { GrammarError } from "../grammarError.ts";
import { formatAt, type Shared, stringAt } from "../shared.ts";
import { numberOf, trimmed } from "../xml/values.ts";
import { unescapedText } from "./spreadsheetMl.ts";

/** The parts of a `<c>`, used again for the next one. */
export interface CellParts {
  type: string;
  style: number;
  /** What stands in its `<v>`; null where it has none. */
  value: string | null;
  /** What stands in its `<is>`; null where it has none. */
  text: string | null;
  hasFormula: boolean;
}

const TYPES = new Set(["n", "s", "b", "e", "d"]);
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;

/** Throws `GrammarError` for whatever lies outside the grammar: it is refused, never guessed. */
export function cellOf({ type, style, value, text, hasFormula }: CellParts, shared: Shared): Cell {
  const format = formatAt(style, shared.styles);
  if (type === "inlineStr") {
    if (value !== null) throw new GrammarError("a value in a cell of an inline text");
    return text || (hasFormula ? { t: "formula" } : null);
  }
  if (text !== null) throw new GrammarError(`a text in a cell of type ${type}`);
  if (type === "str") return value ? unescapedText(value) : null; // a formula that gives ""
  const said = value === null ? "" : trimmed(value);
  if (!said) {
    if (!TYPES.has(type)) throw new GrammarError(`a cell of type ${type}`);
    return hasFormula ? { t: "formula" } : null;
  }
  switch (type) {
    case "n": {
      const number = numberOf(said);
      return format ? format.cell(number) : number;
    }
    case "s":
      return stringOf(said, shared.strings) || null;
    case "b":
      if (!/^(?:[01]|true|false)$/.test(said)) throw new GrammarError(`a boolean ${said}`);
      return said === "1" || said === "true";
    case "e":
      return { t: "error", v: said };
    case "d":
      return { t: "date" };
    default:
      throw new GrammarError(`a cell of type ${type}`);
  }
}

function stringOf(said: string, strings: readonly string[]): string {
  if (!INDEX.test(said)) throw new GrammarError(`a shared string ${said}`);
  return stringAt(Number(said), strings);
}
