/**
 * What a number format makes of a number: a date, a percentage, or just a number (ECMA-376 part 1, 18.8.30).
 * Twin of `src/setpoint/workbook/formats.py`.
 */

// What is only shown: quoted text, an escaped or padded character, colours and conditions in brackets.
const SHOWN = /"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi;
const DATE = /[ymdhs]/i;

const known = new Map<string, "date" | "percent" | null>();

/** The kind of a format by its code; null for plain numbers. */
export function kindOfFormat(code: string): "date" | "percent" | null {
  let kind = known.get(code);
  if (kind === undefined) {
    kind = kindOf((code.split(";")[0] ?? "").replace(SHOWN, ""));
    known.set(code, kind);
  }
  return kind;
}

function kindOf(bare: string): "date" | "percent" | null {
  if (bare.toLowerCase().includes("general")) return null;
  if (DATE.test(bare)) return "date";
  return bare.includes("%") ? "percent" : null;
}
