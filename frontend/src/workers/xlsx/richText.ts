/**
 * The text of an `<si>` or `<is>`: that of its `<t>` and of the `<t>` in its runs `<r>`, in their order (CT_Rst, 18.4.8).
 *
 * Phonetic guides (`<rPh>`) are left out. Raised and struck-out runs leave marks in the text: `10` and a
 * high `3` are not `103`.
 */

import { CellError } from "../grammarError.ts";
import { seen } from "../looks.ts";
import { type Attributes, detached } from "../xml/attributes.ts";
import { trimmed } from "../xml/values.ts";
import { unescapedText } from "./spreadsheetMl.ts";

/** How an element of an `rPr` or a `font` changes the look of a text. */
export function takeLook(
  look: { isHigh: boolean; isStruck: boolean },
  name: string,
  attributes: Attributes,
): void {
  const value = trimmed(attributes.get("val"));
  if (name === "vertAlign") look.isHigh ||= value === "superscript";
  else if (name === "strike") look.isStruck ||= value !== "0" && value !== "false";
}

export class RichText {
  onText: "take" | "skip" | "refuse" = "refuse";
  readonly #depth: number;
  #text = "";
  /** The depth of an element that is passed over, with all that is in it; 0 for none. */
  #skipped = 0;
  #hasPlain = false;
  #isInRun = false;
  /** The text so far of the open run, or of the text outside a run. */
  #run = "";
  #part = "";
  readonly #look = { isHigh: false, isStruck: false };
  #isInLooks = false;

  /** `depth` is that of the `<si>` or `<is>` itself. */
  constructor(depth: number) {
    this.#depth = depth;
  }

  start(): void {
    this.#text = this.#run = this.#part = "";
    this.#look.isHigh = this.#look.isStruck = false;
    this.#skipped = 0;
    this.#hasPlain = this.#isInRun = false;
    this.onText = "refuse";
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (this.#skipped) {
      if (this.#isInLooks && depth === this.#skipped + 1) takeLook(this.#look, name, attributes);
      return;
    }
    if (this.onText === "take") throw new CellError(`has a <${name}> inside of a text`);
    const level = depth - this.#depth;
    if (name === "t" && level === 1) {
      if (this.#hasPlain) throw new CellError("has two texts");
      this.#hasPlain = true;
      this.onText = "take";
    } else if (name === "t" && level === 2 && this.#isInRun) this.onText = "take";
    else if (name === "r" && level === 1) this.#isInRun = true;
    else if (name === "t" || name === "r" || name === "mc:AlternateContent") {
      throw new CellError(`has a <${name}> where none belongs`);
    } else {
      this.#skipped = depth;
      this.#isInLooks = name === "rPr" && level === 2 && this.#isInRun;
      this.onText = "skip";
    }
  }

  close(depth: number): void {
    if (this.#skipped && depth > this.#skipped) return;
    this.#skipped = 0;
    this.#run += unescapedText(this.#part);
    this.#part = "";
    if (depth === this.#depth + 1) {
      this.#text += seen(this.#run, this.#look);
      this.#run = "";
      this.#isInRun = this.#look.isHigh = this.#look.isStruck = false;
    }
    this.onText = "refuse";
  }

  text(text: string): void {
    this.#part += text;
  }

  /** The whole text, its escapes resolved. */
  end(): string {
    return detached(this.#text);
  }
}
