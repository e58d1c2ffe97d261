/** The neutral cell of one `<c>`, by its type and its style (18.3.1.4, 18.18.11). */
import type { Area, Cell } from "../../ingest/cells.ts";
import { MAX_COLUMNS } from "../../ingest/header.ts";
import { CellError } from "../grammarError.ts";
import { formatAt, noString, type Shared, stringAt, textCell } from "../shared.ts";
import { numberOf, trimmed } from "../xml/values.ts";
import { unescapedText } from "./spreadsheetMl.ts";
import { ValueText } from "./valueText.ts";

/** The parts of a `<c>`, used again for the next one. */
export class CellParts {
  column = -1;
  type = "n";
  style = 0;
  hasValue = false;
  /** The contents of its `<v>`, if it has one. */
  readonly value = new ValueText();
  /** The contents of its `<is>`; null if it has none. */
  text: string | null = null;
  hasFormula = false;
  /** The area that its formula fills, if it is more than one cell. */
  area: Area | null = null;
}

const TYPES = new Set(["n", "s", "str", "inlineStr", "b", "e", "d"]);
const INDEX = /^(?:0|[1-9][0-9]{0,8})$/;
const MAX_SHOWN = 40;

/** Throws `CellError` for everything outside the grammar: it is refused, never guessed. */
export function cellOf(parts: CellParts, shared: Shared): Cell {
  const { column, type, style, hasValue, value, hasFormula } = parts;
  const format = formatAt(style, shared.styles);
  const digits = hasValue && column < MAX_COLUMNS ? value.digits() : -1;
  const isCalculated = !hasFormula || shared.isCalculated;
  if (digits >= 0) {
    // Nearly every cell is one of these two.
    if (type === "n" && (digits || isCalculated)) return format ? format.cell(digits) : digits;
    if (type === "s" && !value.hasLeadingZero) return textCell(stringAt(digits, shared.strings), format);
  }
  if (!TYPES.has(type)) throw new CellError(`has the type “${type.slice(0, 20)}”, which does not exist`);
  if (type === "inlineStr")
    return (
      textCell(parts.text ?? "", format) || (hasFormula && parts.text === null ? { t: "formula" } : null)
    );
  if (type === "str") return textCell(unescapedText(hasValue ? value.text() : ""), format); // a formula may give ""
  const text = hasValue ? trimmed(value.text()) : "";
  if (!text) return hasFormula ? { t: "formula" } : null;
  if (column >= MAX_COLUMNS) return text; // only that something stands there counts
  switch (type) {
    case "n": {
      const number = numberOf(text);
      if (number === 0 && !isCalculated) return { t: "formula" };
      return format ? format.cell(number) : number;
    }
    case "s":
      if (!INDEX.test(text)) throw noString(text);
      return textCell(stringAt(Number(text), shared.strings), format);
    case "b":
      if (/^(?:[01]|true|false)$/.test(text)) return text === "1" || text === "true";
      throw new CellError(`holds “${text.slice(0, MAX_SHOWN)}”, which is neither true nor false`);
    case "e":
      return { t: "error", v: text.slice(0, MAX_SHOWN) };
    default:
      return { t: "date" };
  }
}
