/**
 * How a font shows a text, in all formats: a text with raised or struck-out characters is not the same text
 * without them. Twin of `src/setpoint/workbook/looks.py`.
 */
import { STRUCK } from "../ingest/cells.ts";

export interface Look {
  readonly isHigh: boolean;
  readonly isStruck: boolean;
}

const HIGH: ReadonlyMap<string, string> = new Map(
  Array.from("0123456789+-\u2212=()", (each, place) => [each, Array.from("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")[place] ?? each]),
);
const HIGH_ONLY = /^[0-9+\-\u2212=() ]+$/;
/** Half of a pair in UTF-16 without the other one. */
export const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text as people see it: `10` and a raised `3` are not `103`, and struck-out characters keep their line. */
export function seen(text: string, { isHigh, isStruck }: Look): string {
  let found = text;
  if (isHigh && /[^\t\n\r ]/.test(text)) {
    found = HIGH_ONLY.test(text) ? Array.from(text, (each) => HIGH.get(each) ?? each).join("") : `^${text}`;
  }
  return isStruck ? Array.from(found, (each) => each + STRUCK).join("") : found;
}

/** The UTF-16 unit from which on a font counts, and the place of that font. */
export type Run = readonly [start: number, font: number];

/** Texts whose runs have fonts; `unmarked` has each text with marks as it is without them. */
export class RunTexts {
  readonly looks: Look[] = [];
  readonly unmarked = new Map<string, string>();

  isStruck(font: number): boolean {
    return this.looks[font]?.isStruck ?? false;
  }

  seen(text: string, runs: readonly Run[]): string {
    const known = [...runs].sort(([one], [other]) => one - other);
    if (!known.some(([, font]) => this.looks[font]?.isHigh || this.looks[font]?.isStruck)) return text;
    const pieces = known.map(([start, font], place) => {
      const piece = text.slice(start, known[place + 1]?.[0]);
      const look = this.looks[font];
      return look ? seen(piece, look) : piece;
    });
    const found = [text.slice(0, known[0]?.[0]), ...pieces].join("").replace(LONE, "\ufffd");
    this.unmarked.set(found, text);
    return found;
  }
}
