/**
 * Reads one cell as one field's target (XL-2, XL-3): the value, a warning where it took goodwill, or why not.
 * Twin of `src/setpoint/core/ingest/cast.py`.
 *
 * A text is read as a number by this one rule. It has digits, maybe a sign before them, and marks between them:
 *
 * 1. Spaces and apostrophes part thousands, and then groups of three digits must follow: `1 234,5`.
 * 2. With both a point and a comma, the last one is the decimal mark and the other parts thousands: `1.234,5` and
 *    `1,234.5`.
 * 3. One of the two, several times, parts thousands: `1.234.567`.
 * 4. One of the two, once, is the decimal mark: `12,5`, `0.125`. But one to three digits, the mark, and exactly three
 *    digits can be read both ways (`1.234`): that is refused. A wrong guess is wrong by a thousand.
 *
 * There is no exponent (`1E5` is a part number), no unit, no percent sign.
 */
import { fold, trim } from "../contract/topics.ts";
import { numberText, type Special, shown, tidy } from "./cells.ts";
import type { FormField } from "./header.ts";
import { converted, factorOf } from "./units.ts";

export const MAX_TEXT = 200;
const INTEGER = /^[+-]?[0-9]{1,30}$/;
const GROUPED = new RegExp(
  "^(?:[+-]?[0-9]{1,3}(?:(?: [0-9]{3})+|(?:['’][0-9]{3})+)(?:[.,][0-9]{1,30})?" +
    "|[+-]?[0-9]{1,3}(?:(?:\\.[0-9]{3})+,[0-9]{1,30}|(?:,[0-9]{3})+\\.[0-9]{1,30})" +
    "|[+-]?[0-9]{1,3}(?:(?:\\.[0-9]{3}){2,}|(?:,[0-9]{3}){2,}))$",
);
const DECIMAL = /^[+-]?[0-9]{1,30}[.,][0-9]{1,30}$/;
const EITHER_WAY = /^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$/;
const PERCENT = /^[+-]?[0-9][0-9 .,]{0,30}%$/;
const MARKS = /[ '’.,]/g;
const MAX_NUMBER_TEXT = 40;

/** The value, with a warning's text where it had to be read generously; or why the cell cannot be read. */
export type Reading =
  | { readonly value: string | number; readonly warning: string | null }
  | { readonly code: string; readonly msg: string };

/** What a cell that is not blank asks of a field, its number multiplied by `factor`. Never throws. */
export function cast(cell: string | number | boolean | Special, field: FormField, factor = 1): Reading {
  if (typeof cell === "boolean") {
    return refusal(
      "boolean",
      `${field.column} takes ${wants(field)}; ${cell ? "TRUE" : "FALSE"} stands here.`,
    );
  }
  if (typeof cell === "object") {
    if (cell.t === "shown" && cell.w && typeof cell.v === "number") {
      return readShownDigits(cell.v, cell.w, field, factor);
    }
    return unreadable(cell, field.column, wants(field));
  }
  switch (field.type) {
    case "number":
      return readAsNumber(cell, field, factor);
    case "choice":
      return readAsChoice(cell, field);
    case "text":
      return readAsText(cell, field);
  }
}

/** What a field takes, for people: `a number from 0 to 3000 rpm`. */
export function wants(field: FormField): string {
  switch (field.type) {
    case "number": {
      const { minimum: low, maximum: high } = field;
      const unit = field.unit ? ` ${field.unit}` : "";
      if (low !== null && high !== null)
        return `a number from ${numberText(low)} to ${numberText(high)}${unit}`;
      if (low !== null) return `a number of at least ${numberText(low)}${unit}`;
      if (high !== null) return `a number of at most ${numberText(high)}${unit}`;
      return field.unit ? `a number in ${field.unit}` : "a number";
    }
    case "choice":
      return `one of ${field.options.join(", ")}`;
    case "text":
      return `a text of at most ${MAX_TEXT} characters`;
  }
}

/** The number that a text is by the rule above; null if it is none. Does not ask whether it is ambiguous. */
export function readNumber(text: string): number | null {
  if (text.length > MAX_NUMBER_TEXT) return null;
  if (INTEGER.test(text)) return Number(text);
  if (DECIMAL.test(text)) return Number(text.replace(",", "."));
  if (!GROUPED.test(text)) return null;
  const marks = text.match(MARKS) ?? [];
  const last = marks.at(-1) ?? "";
  // A decimal mark is the one mark that differs from the first.
  const cut = last === marks[0] ? text.length : text.lastIndexOf(last);
  const fraction = text.slice(cut + 1);
  return Number(text.slice(0, cut).replace(MARKS, "") + (fraction && `.${fraction}`));
}

/** Why a cell that is no plain value says nothing (XL-2, XL-3). */
export function unreadable(cell: Special, column: string, wanted: string): { code: string; msg: string } {
  switch (cell.t) {
    case "error":
      return refusal("error_value", `${column} takes ${wanted}; the error ${cell.v} stands here.`);
    case "formula":
      return refusal(
        "no_cached_value",
        `${column} has a formula that was saved without its value. ` +
          "Open the workbook in a spreadsheet program and save it again.",
      );
    case "date":
      return refusal("date", `${column} takes ${wanted}; a date or time stands here.`);
    case "percent": {
      const percent = numberText(Number((cell.v * 100).toPrecision(10)));
      return refusal("percent", `${column} takes ${wanted}; the percentage ${percent} % stands here.`);
    }
    case "shown": {
      const what =
        typeof cell.v === "string" ? `the text ${shown(cell.v)}` : `the number ${numberText(cell.v)}`;
      const seen = cell.w === null ? "something else" : shown(cell.w);
      return refusal(
        "other_digits",
        `${column} takes ${wanted}; ${what} stands here, and its number format ` +
          `${cell.w === "" ? "hides it" : `shows ${seen}`}. Give the cell the format General.`,
      );
    }
    case "covered":
      return refusal(
        "covered",
        `${column} takes ${wanted}; a value stands here under a merged cell, where nobody sees it. ` +
          "Split the merged cell.",
      );
    case "letters":
      return refusal(
        "unknown_letters",
        `${column} takes ${wanted}; ${shown(cell.v)} stands here, in a code page that is not known. ` +
          "Save the file as CSV UTF-8.",
      );
  }
}

/**
 * A number that is shown with leading zeros or a unit: as a number it is what it was, if the unit is that of the column;
 * as a text it is what is shown.
 */
function readShownDigits(number: number, digits: string, field: FormField, factor: number): Reading {
  if (field.type === "number") {
    const at = digits.indexOf(" ");
    return at < 0 || factorOf(field, digits.slice(at + 1)) === factor
      ? readAsNumber(number, field, factor)
      : unreadable({ t: "shown", v: number, w: digits }, field.column, wants(field));
  }
  if (field.type === "choice") return readAsChoice(digits, field);
  return {
    value: digits,
    warning: `The number ${numberText(number)}, shown as ${digits}, was read as a text.`,
  };
}

function refusal(code: string, msg: string): { code: string; msg: string } {
  return { code, msg };
}

function readAsNumber(cell: string | number, field: FormField, factor: number): Reading {
  let warning: string | null = null;
  let number: number;
  if (typeof cell === "string") {
    const text = fold(cell);
    if (EITHER_WAY.test(text)) {
      return refusal(
        "ambiguous_number",
        `${field.column} takes ${wants(field)}; ${shown(text)} can be ${text.replace(MARKS, "")} or ` +
          `${text.replace(",", ".")}. Write it without thousands marks, or as a number.`,
      );
    }
    if (PERCENT.test(text)) {
      return refusal(
        "percent",
        `${field.column} takes ${wants(field)}; the percentage ${shown(text)} stands here.`,
      );
    }
    const read = readNumber(text);
    if (read === null)
      return refusal("not_a_number", `${field.column} takes ${wants(field)}; ${shown(text)} is none.`);
    if (Math.abs(read) > Number.MAX_SAFE_INTEGER) {
      return refusal(
        "not_a_number",
        `${field.column} takes ${wants(field)}; ${shown(text)} has more digits than a number keeps.`,
      );
    }
    number = read;
    warning = `The text ${shown(text)} was read as the number ${numberText(number)}.`;
  } else {
    number = cell;
    if (!Number.isFinite(number)) {
      return refusal("not_a_number", `${field.column} takes ${wants(field)}; ${numberText(number)} is none.`);
    }
  }
  number = converted(number, factor);
  const { minimum, maximum } = field;
  if ((minimum !== null && number < minimum) || (maximum !== null && number > maximum)) {
    return refusal(
      "out_of_range",
      `${field.column} takes ${wants(field)}; ${numberText(number)} stands here.`,
    );
  }
  return { value: tidy(number), warning };
}

function readAsChoice(cell: string | number, field: FormField): Reading {
  const text = typeof cell === "string" ? fold(cell) : numberText(cell);
  if (typeof cell === "string" && field.options.includes(text)) return { value: text, warning: null };
  const option = field.options.find((each) => each.toLowerCase() === text.toLowerCase());
  if (option !== undefined) return { value: option, warning: `${shown(text)} was read as ${option}.` };
  return refusal("not_an_option", `${field.column} takes ${wants(field)}; ${shown(text)} stands here.`);
}

function readAsText(cell: string | number, field: FormField): Reading {
  if (typeof cell === "number") {
    const text = numberText(cell);
    return { value: text, warning: `The number ${text} was read as a text.` };
  }
  const text = trim(cell);
  const length = Array.from(text).length;
  if (length > MAX_TEXT) {
    return refusal("too_long", `${field.column} takes ${wants(field)}; ${length} characters stand here.`);
  }
  return { value: text, warning: null };
}
