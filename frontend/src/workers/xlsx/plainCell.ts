/**
 * Recognises the cell that nearly every program writes, in one look:
 *
 *     <c r="B7" s="3" t="s"><v>12</v></c>
 *
 * with or without `s` and `t`, in this order, with plain digits. Any other cell is read element by element.
 */
import { digitsIn } from "../xml/attributes.ts";
import type { CellParts } from "./cell.ts";
import { columnOf, LAST_COLUMN } from "./references.ts";

const QUOTE = 34;
const MAX_STYLE_DIGITS = 6;

/** Fills `parts` from the cell at `start`; returns where it ends, -1 (and `parts` as they were) for any other form. */
export function plainCell(source: string, start: number, row: number, parts: CellParts): number {
  if (!source.startsWith('<c r="', start)) return -1;
  const from = start + 6;
  const to = endOfReference(source, from);
  const column = columnOf(source, from, to, row);
  if (column < 0 || column >= LAST_COLUMN) return -1;
  let at = to + 1;
  let style = 0;
  if (source.startsWith(' s="', at)) {
    const end = endOfDigits(source, at + 4);
    if (end === at + 4 || end > at + 4 + MAX_STYLE_DIGITS || source.charCodeAt(end) !== QUOTE) return -1;
    style = digitsIn(source, at + 4, end);
    at = end + 1;
  }
  const isText = source.startsWith(' t="s"', at);
  if (isText) at += 6;
  if (!source.startsWith("><v>", at)) return -1;
  const value = at + 4;
  const end = endOfDigits(source, value);
  if (end === value || !source.startsWith("</v></c>", end)) return -1;
  parts.clear();
  parts.column = column;
  parts.type = isText ? "s" : "n";
  parts.style = style;
  parts.hasValue = true;
  parts.value.add(source, value, end);
  return end + 8;
}

/** Where a reference ends: at the quote behind at most three letters and seven digits, or too early to be one. */
function endOfReference(source: string, from: number): number {
  let at = from;
  while (at < from + 10 && source.charCodeAt(at) !== QUOTE) at += 1;
  return source.charCodeAt(at) === QUOTE ? at : from;
}

function endOfDigits(source: string, from: number): number {
  let at = from;
  for (let code = source.charCodeAt(at); code >= 48 && code <= 57; ) code = source.charCodeAt(++at);
  return at;
}
