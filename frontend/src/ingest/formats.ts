/**
 * How a number format shows a number: unchanged, as a percentage, as a date, or as something else.
 * Twin of `src/setpoint/core/ingest/formats.py`.
 *
 * The rule is the section "Number formats" of `docs/reference/workbooks.md`; both replay
 * `conformance/vectors/formats/formats.json`.
 */
import { type Cell, numberText } from "./cells.ts";

const GENERAL = new Set(
  ["", "@", "general", "standard", "standaard", "estándar", "geral", "ogólny"].concat(
    ["genel", "yleinen", "všeobecný", "основной"], // the same word in other languages
  ),
);
/** Excel takes 255 characters. */
const MAX_CODE = 1_000;
const TOKEN = /"([^"]*)"?|\\(.)|_.|\*[^0-9#?%\-\u2212]|\[([^\]]*)\]?|(;)|(.)/gsu;
const ELAPSED = /^(?:h+|m+|s+)$/i;
const EXPONENT = /e[+-]/i;
const PLACEHOLDER = /[0#?]/;
const DASH = /^[ ?]*-[ ?]*$/;
const SCALED = /[0#?],+(?:[^0#?,]|$)/;
const LETTERS = "A-Za-z\u00b0-\u024f\u0370-\u052f\u2070-\u2079\u2100-\u214f\u3040-\u9fff\uac00-\ud7af";
const LETTER = new RegExp(`[${LETTERS}]`);
const MINUS = "[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]";
/** A minus before or behind the digits, or brackets around them. */
const BELOW_ZERO = new RegExp(
  `^[^0#?${LETTERS}]*${MINUS}|[0#?][^0#?.,\ufffc${LETTERS}]*${MINUS}[^0#?${LETTERS}]*$|^\\([^${LETTERS}]*\\)$`,
);
const GROUP = /[ \u00a0\u2009\u202f'\u2019](?=[0#?]{3}(?![0#?]))/g;
const WHOLE = /^[0#?,]*(?:\.[0#?,]*)?(?:E[+-][0#?]+)?$/i;
const AROUND = /^[ ()[\]\u00a0]+|(?<![ ()[\]\u00a0])[ ()[\]\u00a0]+$/g;
/**
 * Per mille, per ten thousand, percent signs that do not multiply, signs that leave open which number is meant, and lines
 * through a character: a number with one of them is not a plain one.
 */
const PER = /[\u2030\u2031\u066a\uff05\ufe6a<>\u2264\u2265~\u2248\u00b1]|[\u0335-\u0338]/;
/** The one unit in common use that has a digit. */
const PER_MINUTE = /^(?:[ \u00a0]+1\/min|[ \u00a0]*min\^?-1)[ \u00a0]*$/i;
const REVERSES = "\u202e";
/** `Nr. ` and `n = ` before digits are not a unit. */
const LABEL = /[:=\ufffc][ \u00a0]*$/;
const PREFIX = new RegExp(`^[^\\s\ufffc\ufffd]*[${LETTERS}][^\\s\ufffc\ufffd]*$`);
const PLAIN = new Set(["0", "0.0", "0.00", "#,##0", "#,##0.00"]);

/** A character of a section that does something with digits (`isBare`), or text that is only shown. */
interface Piece {
  readonly isBare: boolean;
  readonly text: string;
}

/** One part of a code between semicolons. */
class Section {
  readonly bare: string;
  readonly literal: string;
  readonly hasCondition: boolean;
  readonly isText: boolean;
  readonly isGeneral: boolean;
  readonly #pieces: readonly Piece[];
  readonly #hasColor: boolean;
  readonly #isBelowZero: boolean;
  readonly #prefix: string;
  readonly #unit: string;
  readonly #isOdd: boolean;

  constructor(pieces: readonly Piece[], hasCondition: boolean, hasColor: boolean) {
    const joined = (isBare: boolean) =>
      pieces.flatMap((piece) => (piece.isBare === isBare ? [piece.text] : [])).join("");
    this.bare = joined(true);
    this.literal = joined(false);
    this.hasCondition = hasCondition;
    this.isText = this.bare.includes("@");
    this.isGeneral = this.isText || this.bare.toLowerCase().includes("general");
    this.#pieces = pieces;
    this.#hasColor = hasColor;
    const asDigit = (text: string) => (this.isGeneral ? text.replace(/general/gi, "0") : text);
    const look = asDigit(pieces.map(({ isBare, text }) => (isBare ? text : asLiteral(text))).join(""));
    const seen = asDigit(pieces.map(({ text }) => text).join("")); // the same places as in `look`
    const [first, last] = [look.search(PLACEHOLDER), look.search(/[0#?][^0#?]*$/)];
    const tail = first < 0 ? "" : look.slice(last + 1);
    const head = first < 0 ? "" : look.slice(0, first);
    const isFraction = this.bare.includes("/") && !this.isGeneral;
    const unit = PER_MINUTE.test(tail) ? withoutSpaces(tail) : "";
    const literal = withoutSpaces(this.literal);
    const others = unit && literal.endsWith(unit) ? literal.slice(0, -unit.length) : literal;
    this.#isBelowZero = BELOW_ZERO.test(look);
    this.#prefix = PREFIX.test(head) ? head : "";
    this.#unit = first < 0 ? "" : wordsOf(seen.slice(last + 1));
    if (!this.#unit && !this.#prefix && !LABEL.test(head)) this.#unit = wordsOf(seen.slice(0, head.length));
    this.#isOdd =
      first < 0 ||
      this.bare.includes("*") ||
      /[\p{Nd}%]/u.test(others) ||
      PER.test(look) ||
      look.includes(REVERSES) ||
      (!isFraction && /[1-9]/.test(this.bare)) ||
      (!isFraction && !WHOLE.test(look.slice(first, last + 1).replace(GROUP, ""))) ||
      SCALED.test(this.bare);
  }

  get isPlain(): boolean {
    return PLAIN.has(this.bare) && !this.literal && !this.hasCondition;
  }

  get isDate(): boolean {
    if (this.isGeneral) return false;
    const letters = this.bare.replace(new RegExp(EXPONENT, "gi"), "");
    return /[ymdhs]/i.test(letters) || (/[abeg]/i.test(letters) && !PLACEHOLDER.test(letters));
  }

  /** The digits that it shows of a number, and its unit; `""` for nothing; null if that is not known. */
  shows(number: number, isForNegatives: boolean): string | null {
    const { bare, literal } = this;
    if (this.isText) return numberText(number);
    if (!bare && !literal) return "";
    if (number === 0 && DASH.test(bare + literal)) return "0";
    if (this.#hides(number)) return "";
    if (this.#isOdd || (number >= 0 && this.#isBelowZero)) return null;
    if (isForNegatives && number < 0 && !this.#isBelowZero && !this.#hasColor) return null;
    const plain = this.isGeneral ? numberText(number) : this.#padded(number);
    const digits = plain && number >= 0 ? this.#prefix + plain : plain;
    return digits && this.#unit ? `${digits} ${this.#unit}` : digits;
  }

  /** Whether nothing of a number is seen: without a `0` in the format, one that is rounded to 0 has no digits. */
  #hides(number: number): boolean {
    const [whole = "", decimals = ""] = this.bare.split(/\.(.*)/s);
    if (/[0/]/.test(this.bare) || this.isGeneral || !/[#?]/.test(whole)) return false;
    return Math.abs(number) * 10 ** (decimals.match(/[#?]/g) ?? []).length < 0.5;
  }

  /** What it shows of a text. */
  text(text: string): string {
    return this.#pieces.map((piece) => (piece.isBare && piece.text === "@" ? text : piece.text)).join("");
  }

  #padded(number: number): string | null {
    const plain = numberText(number);
    if (EXPONENT.test(this.bare)) return plain;
    const whole = this.bare.split(".")[0] ?? "";
    const digits = plain.replace("-", "");
    /** How many are shown at least: a `#` or `?` right of a `0` shows a zero as well. */
    const least = whole.slice(Math.max(0, whole.indexOf("0"))).match(whole.includes("/") ? /0/g : /[0#?]/g);
    if (!whole.includes("0") || !least || !Number.isInteger(number) || digits.length >= least.length)
      return plain;
    const isBare = !this.literal && /^#*0+$/.test(this.bare);
    return isBare ? (number < 0 ? "-" : "") + digits.padStart(least.length, "0") : null;
  }
}

/** The effect of a format on every number, or that it depends on the number. */
type Kind = "number" | "percent" | "date" | "shown" | "struck";

/**
 * The format of a cell, by the number of its format and, if the file defines one, its code. `isStruck`: a line goes
 * through whatever stands in the cell. `isRepeated`: what it shows is repeated to the width of the cell (18.18.40),
 * `15` as `151515`.
 */
export class NumberFormat {
  readonly kind: Kind;
  readonly #sections: readonly Section[] = [];
  /** The section that says how a text is shown. */
  readonly #text: Section | null = null;
  readonly #isRepeated: boolean;

  constructor(number: number, code: string | null, isStruck = false, isRepeated = false) {
    this.#isRepeated = isRepeated;
    if (isStruck || isRepeated) {
      this.kind = isStruck ? "struck" : "shown";
      return;
    }
    if (code === null) {
      this.kind = kindOfNumber(number);
      return;
    }
    if (Array.from(code).length > MAX_CODE) {
      this.kind = "shown";
      return;
    }
    const word = code.trim().toLowerCase();
    if (GENERAL.has(word) || word.startsWith("g/")) {
      this.kind = "number";
      return;
    }
    const every = sectionsOf(code);
    const text = every[3] ?? every.at(-1);
    this.#text = text && (every.length > 3 || text.isText) ? text : null;
    const sections = every.slice(0, 3);
    if (sections.some(({ isDate }) => isDate)) this.kind = "date";
    else if (sections.some(({ bare }) => bare.includes("%"))) this.kind = "percent";
    else {
      this.kind = sections.length === 1 && sections[0]?.isPlain ? "number" : "shown";
      this.#sections = sections;
    }
  }

  /** Whether every number and every text is shown as it is. */
  get isPlain(): boolean {
    return this.kind === "number" && this.#text === null;
  }

  /** The neutral cell of a number that has this format. */
  cell(number: number): Cell {
    switch (this.kind) {
      case "number":
        return number;
      case "percent":
      case "struck":
        return { t: this.kind, v: number };
      case "date":
        return { t: "date" };
      case "shown": {
        const shown = this.#shown(number);
        return shown === numberText(number) ? number : { t: "shown", v: number, w: shown };
      }
    }
  }

  /** The neutral cell of a text that has this format: the fourth section says how a text is shown. */
  text(text: string): Cell {
    if (this.kind === "struck") return withoutSpaces(text) ? { t: "struck", v: text } : text || null;
    if (this.#isRepeated) return withoutSpaces(text) ? { t: "shown", v: text, w: null } : text || null;
    const section = this.#text;
    if (!text || !section || (section.isGeneral && !section.isText)) return text || null;
    const shown = section.text(text);
    return withoutSpaces(shown) === withoutSpaces(text) ? text : { t: "shown", v: text, w: shown };
  }

  #shown(number: number): string | null {
    const sections = this.#sections;
    const place = number < 0 ? 1 : number === 0 ? 2 : 0;
    const section = sections[place] ?? sections[0];
    if (!section || (sections.length > 1 && sections.some(({ hasCondition }) => hasCondition))) return null;
    return section.shows(number, place === 1 && sections.length > 1);
  }
}

/** The unit beside the digits, or an empty text if there are no letters. */
function wordsOf(text: string): string {
  return LETTER.test(text) ? text.replace(AROUND, "") : "";
}

/** A text that is only shown, without what would do something with digits. */
function asLiteral(text: string): string {
  return text.replace(/[0#?]/g, "\ufffd").replace(/[.,]/g, "\ufffc");
}

function withoutSpaces(text: string): string {
  return text.replace(/^[ \u00a0]+|(?<![ \u00a0])[ \u00a0]+$/g, "");
}

function kindOfNumber(number: number): Kind {
  const isIn = (...spans: [number, number][]) => spans.some(([low, high]) => low <= number && number <= high);
  if (isIn([9, 10], [67, 68])) return "percent";
  if (isIn([14, 22], [27, 36], [45, 47], [50, 58], [71, 81])) return "date";
  return isIn([0, 8], [11, 13], [37, 44], [48, 49], [59, 62], [69, 70]) ? "number" : "shown";
}

function sectionsOf(code: string): Section[] {
  const sections: Section[] = [];
  let pieces: Piece[] = [];
  let [hasCondition, hasColor] = [false, false];
  const end = () => {
    sections.push(new Section(pieces, hasCondition, hasColor));
    pieces = [];
    hasCondition = hasColor = false;
  };
  for (const [, quoted = "", escaped = "", bracket = "", isEnd, other = ""] of code.matchAll(TOKEN)) {
    if (isEnd) end();
    else if (ELAPSED.test(bracket)) pieces.push({ isBare: true, text: bracket });
    else if (/^[<>=]/.test(bracket)) hasCondition = true;
    else if (bracket.startsWith("$"))
      pieces.push({ isBare: false, text: bracket.slice(1).replace(/-.*$/s, "") });
    else if (bracket) hasColor = true;
    else if (other) pieces.push({ isBare: true, text: other });
    else pieces.push({ isBare: false, text: quoted + escaped });
  }
  end();
  return sections;
}
