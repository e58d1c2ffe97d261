/**
 * What a number format makes of a number: itself, a percentage, a date, or other digits than those of its value.
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
const TOKEN = /"([^"]*)"?|\\(.)|[_*].|\[([^\]]*)\]?|(;)|(.)/gsu;
const ELAPSED = /^(?:h+|m+|s+)$/i;
const EXPONENT = /e[+-]/i;
const PLACEHOLDER = /[0#?]/;
const DASH = /^[ ?]*-[ ?]*$/;
const SCALED = /[0#?],+(?:[^0#?,]|$)/;
const PLAIN = new Set(["0", "0.0", "0.00", "#,##0", "#,##0.00"]);

/** One part of a code between semicolons: what it does with digits (`bare`), and what is only shown. */
interface Section {
  readonly bare: string;
  readonly literal: string;
  readonly hasCondition: boolean;
}

/** What a format does with every number, or that it depends on the number. */
type Kind = "number" | "percent" | "date" | "shown";

/** The format of a cell, by the number of its format and, where the file defines it, its code. */
export class NumberFormat {
  readonly kind: Kind;
  readonly #sections: readonly Section[] = [];

  constructor(number: number, code: string | null) {
    if (code === null) {
      this.kind = kindOfNumber(number);
      return;
    }
    const word = code.trim().toLowerCase();
    if (GENERAL.has(word) || word.startsWith("g/")) {
      this.kind = "number";
      return;
    }
    const sections = sectionsOf(code).slice(0, 3);
    if (sections.some(isDate)) this.kind = "date";
    else if (sections.some(({ bare }) => bare.includes("%"))) this.kind = "percent";
    else {
      const isPlain = sections.every(
        ({ bare, literal, hasCondition }) => PLAIN.has(bare) && !literal && !hasCondition,
      );
      this.kind = isPlain ? "number" : "shown";
      this.#sections = sections;
    }
  }

  /** The neutral cell of a number that has this format. */
  cell(number: number): Cell {
    switch (this.kind) {
      case "number":
        return number;
      case "percent":
        return { t: "percent", v: number };
      case "date":
        return { t: "date" };
      case "shown": {
        const shown = this.#shown(number);
        return shown === numberText(number) ? number : { t: "shown", v: number, w: shown };
      }
    }
  }

  #shown(number: number): string | null {
    const sections = this.#sections;
    const section = sections[number < 0 ? 1 : number === 0 ? 2 : 0] ?? sections[0];
    if (!section || (sections.length > 1 && sections.some(({ hasCondition }) => hasCondition))) return null;
    return isGeneral(section) ? numberText(number) : shows(section, number);
  }
}

function kindOfNumber(number: number): Kind {
  const isIn = (...spans: [number, number][]) => spans.some(([low, high]) => low <= number && number <= high);
  if (isIn([9, 10], [67, 68])) return "percent";
  if (isIn([14, 22], [27, 36], [45, 47], [50, 58], [71, 81])) return "date";
  return isIn([0, 8], [11, 13], [37, 44], [48, 49], [59, 62], [69, 70]) ? "number" : "shown";
}

function isGeneral({ bare }: Section): boolean {
  return bare.toLowerCase().includes("general") || bare.includes("@");
}

function isDate(section: Section): boolean {
  if (isGeneral(section)) return false;
  const letters = section.bare.replace(new RegExp(EXPONENT, "gi"), "");
  return /[ymdhs]/i.test(letters) || (/[abeg]/i.test(letters) && !PLACEHOLDER.test(letters));
}

/** The digits that a section shows of a number, `""` for nothing; null if that is not known. */
function shows(section: Section, number: number): string | null {
  const { bare, literal } = section;
  if (!bare && !literal) return "";
  if (number === 0 && bare.includes("#") && !/[0?]/.test(bare)) return "";
  if (number === 0 && DASH.test(bare + literal)) return "0";
  const isOdd =
    !PLACEHOLDER.test(bare) ||
    /[0-9%]/.test(literal) ||
    (!bare.includes("/") && /[1-9]/.test(bare)) ||
    SCALED.test(bare);
  return isOdd ? null : padded(section, number);
}

function padded({ bare, literal }: Section, number: number): string | null {
  const plain = numberText(number);
  if (EXPONENT.test(bare)) return plain;
  const zeros = (bare.split(".")[0] ?? "").split("0").length - 1;
  const digits = plain.replace("-", "");
  if (zeros < 2 || !Number.isInteger(number) || digits.length >= zeros) return plain;
  const isBare = !literal && /^[0#]+$/.test(bare);
  return isBare ? (number < 0 ? "-" : "") + digits.padStart(zeros, "0") : null;
}

function sectionsOf(code: string): Section[] {
  const sections: Section[] = [];
  let [bare, literal, hasCondition] = ["", "", false];
  for (const [, quoted = "", escaped = "", bracket = "", end, other = ""] of code.matchAll(TOKEN)) {
    if (end) {
      sections.push({ bare, literal, hasCondition });
      [bare, literal, hasCondition] = ["", "", false];
    } else if (ELAPSED.test(bracket)) bare += bracket;
    else if (/^[<>=]/.test(bracket)) hasCondition = true;
    bare += other;
    literal += quoted + escaped;
  }
  return [...sections, { bare, literal, hasCondition }];
}
