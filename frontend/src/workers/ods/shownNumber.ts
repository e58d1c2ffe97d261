/**
 * Compares a number of ods with the paragraph that shows it. Twin of `src/setpoint/workbook/shown.py`.
 *
 * The cells of an ods have no format codes, but each says what it shows. If it shows nothing, or digits other than those
 * of the value, nobody knows which of the two a person meant.
 */
import { fold } from "../../contract/topics.ts";
import { type Cell, numberText } from "../../ingest/cells.ts";

const PADDED = /^-?0[0-9]{1,14}$/;
const RUN = /[0-9](?:[0-9.,'’ ]*[0-9])?(?:E[+-]?[0-9]{1,3})?/gi;
const DASH = /^[ -]*-[ -]*$/;
const BELOW_ZERO = /^[^0-9A-Za-z]*-|[0-9][^0-9A-Za-z.,]*-$|^\([^A-Za-z]*\)$/;
const LETTER = /[A-Za-z\u00b0-\u024f\u0370-\u052f\u2070-\u2079\u2100-\u214f\u3040-\u9fff\uac00-\ud7af]/;
const LABEL = /[.,:=] *$/;
/** The only common unit with a digit. */
const PER_MINUTE = /(?<=[0-9])(?: +1\/min| *min\^?-1)$/i;
const FRACTION = /^(-?) *(?:([0-9]{1,15}) +)?([0-9]{1,15}) *\/ *([0-9]{1,15})$/;
const OTHER_DIGIT = /(?![0-9])\p{Nd}/u;
const REVERSES = "\u202e";
/** Signs that leave open which number is meant, or that strike out a character. */
const OPEN = /[<>\u2264\u2265~\u2248\u00b1]|[\u0335-\u0338]/;
const AROUND = /^[ ()[\]]+|(?<![ ()[\]])[ ()[\]]+$/g;

/** The cell of a number, by the text of its paragraphs. */
export function asShown(v: number, paragraphs: string): Cell {
  const text = fold(paragraphs);
  if (text === numberText(v)) return v;
  if (!text) return { t: "shown", v, w: "" };
  if (PADDED.test(text) && Number(text) === v) return { t: "shown", v, w: text };
  const perMinute = PER_MINUTE.exec(text);
  if (perMinute) {
    const isPlain = typeof asShown(v, text.slice(0, perMinute.index)) === "number";
    return { t: "shown", v, w: isPlain ? `${numberText(v)} ${perMinute[0].trim()}` : null };
  }
  const runs = [...text.matchAll(RUN)];
  if (!runs.length && v === 0 && DASH.test(text)) return v;
  if (text.includes("/") && runs.length > 1) return isFractionOf(v, text) ? v : { t: "shown", v, w: null };
  const [run] = runs;
  const isSame = runs.length === 1 && readings(run?.[0] ?? "").some((each) => isNear(v, each));
  if (
    !isSame ||
    text.includes("%") ||
    text.includes(REVERSES) ||
    OPEN.test(text) ||
    OTHER_DIGIT.test(text) ||
    (v !== 0 && BELOW_ZERO.test(text) !== v < 0)
  ) {
    return { t: "shown", v, w: null };
  }
  const [start, length] = [run?.index ?? 0, run?.[0].length ?? 0];
  const [head, tail] = [text.slice(0, start), text.slice(start + length)];
  const words = LETTER.test(tail) ? tail : LABEL.test(head) ? "" : head;
  return LETTER.test(words) ? { t: "shown", v, w: `${numberText(v)} ${words.replace(AROUND, "")}` } : v;
}

/** Whether a text is a fraction that a number may have been rounded to: `12 1/3`. */
function isFractionOf(v: number, text: string): boolean {
  const [, minus, whole = "0", part, parts] = FRACTION.exec(text) ?? [];
  if (!Number(parts) || (v !== 0 && Boolean(minus) !== v < 0)) return false;
  const shown = Number(whole) + Number(part) / Number(parts);
  return Math.abs(shown - Math.abs(v)) <= 0.51 / Number(parts);
}

/** The possible meanings of digits with marks between them: the number, and the power of ten of its last digit. */
function readings(run: string): (readonly [number: number, power: number])[] {
  const [digits = "", exponent = "0"] = run.toUpperCase().split("E");
  const power = Number(exponent);
  const plain = (text: string) => text.replace(/[^0-9]/g, "");
  const whole = [Number(`${plain(digits)}e${power}`), power] as const;
  const place = Math.max(digits.lastIndexOf("."), digits.lastIndexOf(","));
  if (place < 0) return [whole];
  const fraction = plain(digits.slice(place));
  return [whole, [Number(`${plain(digits.slice(0, place))}.${fraction}e${power}`), power - fraction.length]];
}

/** Whether the number may have been rounded to this reading. */
function isNear(number: number, [shown, power]: readonly [number: number, power: number]): boolean {
  return Math.abs(shown - Math.abs(number)) <= Number(`0.51e${power}`) + Math.abs(number) * 1e-9;
}
