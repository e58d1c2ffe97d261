/** The attributes of one element, as places in the text that is being scanned: nearly all are never read. */
import { attributeOf } from "./xmlText.ts";

const MAX_SHORT = 24;

/** Those of the element that was just opened; good until the listener returns. */
export class Attributes {
  count = 0;
  /** The text that contains the values, and where each starts and ends. */
  source = "";
  readonly names: string[] = [];
  readonly from: number[] = [];
  readonly to: number[] = [];

  /** The value of an attribute by its expanded name, or undefined. */
  get(name: string): string | undefined {
    for (let index = 0; index < this.count; index++) {
      if (this.names[index] === name) return this.valueAt(index);
    }
    return undefined;
  }

  valueAt(index: number): string {
    return attributeOf(this.source.slice(this.from[index], this.to[index]));
  }

  /** The value of an attribute by its place, without the white space around it. */
  trimmedAt(index: number): string {
    const from = this.from[index] ?? 0;
    if (this.to[index] === from + 1 && this.source.charCodeAt(from) > 32) return this.source.charAt(from);
    return this.valueAt(index).replace(/^[\t\n\r ]+|(?<![\t\n\r ])[\t\n\r ]+$/g, "");
  }

  /** The number in an attribute's plain digits; -1 if it contains anything else. */
  digitsAt(index: number): number {
    return digitsIn(this.source, this.from[index] ?? 0, this.to[index] ?? 0);
  }
}

/** The number that one to nine plain digits are; -1 for anything else. */
export function digitsIn(source: string, from: number, to: number): number {
  if (to === from || to - from > 9) return -1;
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = source.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** A text that does not keep alive the much longer one that it was cut from. */
export function detached(text: string): string {
  return text.length < MAX_SHORT / 2 ? text : ` ${text}`.slice(1);
}
