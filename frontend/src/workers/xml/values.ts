/** Simple values in attributes and texts, as XML Schema has them. */
import { CellError } from "../grammarError.ts";

const NUMBER = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const MAX_SHOWN = 40;
const SPACE_AROUND = /^[\t\n\r ]+|(?<![\t\n\r ])[\t\n\r ]+$/g;

/** A value without the white space around it; undefined if there is none. */
export function trimmed(value: string): string;
export function trimmed(value: string | undefined): string | undefined;
export function trimmed(value: string | undefined): string | undefined {
  return value?.replace(SPACE_AROUND, "");
}

/** The number that a text is, as xsd:double has it, but finite. Throws `CellError` for anything else. */
export function numberOf(text: string): number {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number))
    throw new CellError(`holds “${text.slice(0, MAX_SHOWN)}”, which is no number`);
  return number;
}

/** Whether an attribute of type xsd:boolean is true; a missing one is not. */
export function isTrue(value: string | undefined): boolean {
  const text = trimmed(value);
  return text === "1" || text === "true";
}

/** Whether an attribute of type xsd:boolean is false; a missing one is not. */
export function isFalse(value: string | undefined): boolean {
  const text = trimmed(value);
  return text === "0" || text === "false";
}

/** Whether a height or width is given and is too small to read. */
export function isBelow(value: string | undefined, least: number): boolean {
  const text = trimmed(value) ?? "";
  return NUMBER.test(text) && Math.abs(Number(text)) < least;
}
