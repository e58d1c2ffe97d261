/**
 * Reads one cell as one field's target (XL-2, XL-3): the value, with a warning if it was converted, or an error.
 * Twin of `src/setpoint/core/ingest/cast.py`.
 *
 * A text is read as a number by this rule. It has digits, an optional sign before them, and marks between them:
 *
 * 1. Spaces and apostrophes separate thousands; groups of three digits must follow: `1 234,5`.
 * 2. If there is both a point and a comma, the last one is the decimal mark and the other separates thousands:
 *    `1.234,5` and `1,234.5`.
 * 3. If only one of the two appears, but several times, it separates thousands: `1.234.567`.
 * 4. If only one of the two appears, once, it is the decimal mark: `12,5`, `0.125`. But one to three digits, the mark,
 *    and exactly three digits can be read both ways (`1.234`). That is refused, because a wrong guess would be wrong by
 *    a factor of a thousand.
 *
 * There is no exponent (`1E5` is a part number), no unit, no percent sign. The part before a mark does not begin with a
 * zero and another digit: `01.12` is a date, or a number of something else.
 */
import type { Message, MessageArgs } from "../contract/message.ts";
import { fold, trim } from "../contract/topics.ts";
import { cut, numberText, quoted, type Special, STRUCK, tidy } from "./cells.ts";
import type { FormField } from "./header.ts";
import { converted, factorOf } from "./units.ts";

export const MAX_TEXT = 200;
const INTEGER = /^[+-]?[0-9]{1,30}$/;
const GROUPED = new RegExp(
  "^(?:[+-]?[1-9][0-9]{0,2}(?:(?: [0-9]{3})+|(?:['’][0-9]{3})+)(?:[.,][0-9]{1,30})?" +
    "|[+-]?[1-9][0-9]{0,2}(?:(?:\\.[0-9]{3})+,[0-9]{1,30}|(?:,[0-9]{3})+\\.[0-9]{1,30})" +
    "|[+-]?[1-9][0-9]{0,2}(?:(?:\\.[0-9]{3}){2,}|(?:,[0-9]{3}){2,}))$",
);
const DECIMAL = /^[+-]?(?:0|[1-9][0-9]{0,29})[.,][0-9]{1,30}$/;
const ONLY_DIGITS = /^-?[0-9]+(?:\.[0-9]+)?$/;
/** Control characters except line ends and tabs, and characters that change the writing direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for them
const UNSEEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]/;
const EITHER_WAY = /^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$/;
const PERCENT = /^[+-]?[0-9][0-9 .,]{0,30}%$/;
const MARKS = /[ '’.,]/g;
const MAX_NUMBER_TEXT = 40;

/** The value, with the arguments of a warning if it had to be converted; or the refusal. */
export type Reading = { readonly value: string | number; readonly warning: MessageArgs | null } | Refusal;

export interface Refusal {
  readonly code: string;
  readonly args: MessageArgs;
}

/** Reads a cell that is not blank as a field's target, its number multiplied by `factor`. Never throws. */
export function cast(cell: string | number | boolean | Special, field: FormField, factor = 1): Reading {
  if (typeof cell === "boolean") {
    return refusal("boolean", { wants: wants(field), value: cell ? "TRUE" : "FALSE" });
  }
  if (typeof cell === "object") {
    if (cell.t === "shown" && cell.w && typeof cell.v === "number") {
      return readShownDigits(cell.v, cell.w, field, factor);
    }
    return unreadable(cell, wants(field));
  }
  if (typeof cell === "string" && cell.includes(STRUCK)) {
    return refusal("struck", { wants: wants(field), text: cut(trim(cell)) });
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
export function wants(field: FormField): Message {
  switch (field.type) {
    case "number": {
      const { minimum: low, maximum: high, unit } = field;
      if (low !== null && high !== null)
        return message("wants-range", { low: numberText(low), high: measured(high, unit) });
      if (low !== null) return message("wants-least", { low: measured(low, unit) });
      if (high !== null) return message("wants-most", { high: measured(high, unit) });
      return unit ? message("wants-number-in", { unit }) : { code: "wants-number" };
    }
    case "choice":
      return message("wants-option", { options: field.options.join(", ") });
    case "text":
      return message("wants-text", { most: MAX_TEXT });
  }
}

function measured(number: number, unit: string): string | Message {
  const text = numberText(number);
  return unit ? message("measured", { number: text, unit }) : text;
}

function message(code: string, args: MessageArgs): Message {
  return { code, args };
}

/** The number in a text, by the rule above; null if it is not a number. Does not check whether it is ambiguous. */
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

/** Why a cell that is not a plain value has no target (XL-2, XL-3). */
export function unreadable(cell: Special, wanted: Message): Refusal {
  const args = { wants: wanted };
  switch (cell.t) {
    case "error":
      return refusal("error_value", { ...args, error: cell.v });
    case "formula":
      return refusal("no_cached_value", {});
    case "date":
      return refusal("date", args);
    case "percent": {
      const percent = numberText(Number((cell.v * 100).toPrecision(10)));
      return refusal("percent", { ...args, percent: `${percent} %` });
    }
    case "shown": {
      const value =
        typeof cell.v === "string"
          ? message("the-text", { text: cut(cell.v) })
          : message("the-number", { number: numberText(cell.v) });
      const shows = cell.w === null ? "other" : cell.w === "" ? "nothing" : "text";
      return refusal("other_digits", { ...args, value, shows, seen: cut(cell.w ?? "") });
    }
    case "covered":
      return refusal("covered", args);
    case "zero":
      return refusal("hidden_zero", args);
    case "struck":
      return refusal("struck", { ...args, text: cut(String(cell.v)) });
    case "conditional":
      return refusal("conditional_format", { ...args, text: cut(String(cell.v)) });
    case "merged":
      return refusal("merged", { row: cell.v });
    case "letters":
      return refusal("unknown_letters", { ...args, text: cut(cell.v) });
  }
}

/**
 * A number that is shown with leading zeros or a unit. As a number it keeps its value, if the unit is that of the
 * column. As a text it is what is shown, if that is only digits; if there are letters, the exact text is not known.
 */
function readShownDigits(number: number, digits: string, field: FormField, factor: number): Reading {
  const cell = { t: "shown", v: number, w: digits } as const;
  if (field.type === "number") {
    const at = digits.indexOf(" ");
    return at < 0 || factorOf(field, digits.slice(at + 1)) === factor
      ? readAsNumber(number, field, factor)
      : unreadable(cell, wants(field));
  }
  const isPlain = ONLY_DIGITS.test(digits);
  if (field.type === "choice") {
    const reading = readAsChoice(digits, field);
    return "code" in reading && digits.includes(".") && isPlain ? readAsChoice(number, field) : reading;
  }
  if (!isPlain) return unreadable(cell, wants(field));
  return { value: digits, warning: { as: "shown", number: numberText(number), digits } };
}

function refusal(code: string, args: MessageArgs): Refusal {
  return { code, args };
}

function readAsNumber(cell: string | number, field: FormField, factor: number): Reading {
  let warning: MessageArgs | null = null;
  let number: number;
  if (typeof cell === "string") {
    const text = fold(cell);
    if (EITHER_WAY.test(text)) {
      const [whole, decimal] = [text.replace(MARKS, ""), text.replace(",", ".")];
      return refusal("ambiguous_number", { wants: wants(field), text: cut(text), whole, decimal });
    }
    if (PERCENT.test(text)) return refusal("percent", { wants: wants(field), percent: quoted(text) });
    const read = readNumber(text);
    if (read === null) return refusal("not_a_number", { wants: wants(field), value: quoted(text) });
    if (Math.abs(read) > Number.MAX_SAFE_INTEGER) {
      return refusal("too_many_digits", { wants: wants(field), text: cut(text) });
    }
    number = read;
    warning = { as: "number", text: cut(text), number: numberText(number) };
  } else {
    number = cell;
    if (!Number.isFinite(number)) {
      return refusal("not_a_number", { wants: wants(field), value: numberText(number) });
    }
  }
  number = converted(number, factor);
  const { minimum, maximum } = field;
  if ((minimum !== null && number < minimum) || (maximum !== null && number > maximum)) {
    return refusal("out_of_range", { wants: wants(field), number: numberText(number) });
  }
  return { value: tidy(number), warning };
}

function readAsChoice(cell: string | number, field: FormField): Reading {
  const text = typeof cell === "string" ? fold(cell) : numberText(cell);
  if (typeof cell === "string" && field.options.includes(text)) return { value: text, warning: null };
  const option = field.options.find((each) => each.toLowerCase() === text.toLowerCase());
  if (option !== undefined) return { value: option, warning: { as: "option", text: cut(text), option } };
  return refusal("not_an_option", { wants: wants(field), text: cut(text) });
}

function readAsText(cell: string | number, field: FormField): Reading {
  if (typeof cell === "number") {
    const text = numberText(cell);
    if (Math.abs(cell) > Number.MAX_SAFE_INTEGER) {
      return refusal("too_many_digits", { wants: wants(field), text });
    }
    return { value: text, warning: { as: "text", number: text } };
  }
  const text = trim(cell);
  if (UNSEEN.test(text)) return refusal("unseen_letters", { wants: wants(field), text: cut(text) });
  const count = Array.from(text).length;
  if (count > MAX_TEXT) return refusal("too_long", { wants: wants(field), count });
  return { value: text, warning: null };
}
