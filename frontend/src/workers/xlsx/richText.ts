/**
 * The text of an `<si>` or `<is>`: that of its `<t>` and of the `<t>` in its runs `<r>`, in their order (CT_Rst, 18.4.8).
 *
 * Phonetic guides (`<rPh>`) and the looks of a run are left out.
 */

import { CellError } from "../grammarError.ts";
import { detached } from "../xml/attributes.ts";
import { unescapedText } from "./spreadsheetMl.ts";

export class RichText {
  onText: "take" | "skip" | "refuse" = "refuse";
  readonly #depth: number;
  #text = "";
  /** The depth of an element that is passed over, with all that is in it; 0 for none. */
  #skipped = 0;
  #hasPlain = false;
  #isInRun = false;

  /** `depth` is that of the `<si>` or `<is>` itself. */
  constructor(depth: number) {
    this.#depth = depth;
  }

  start(): void {
    this.#text = "";
    this.#skipped = 0;
    this.#hasPlain = this.#isInRun = false;
    this.onText = "refuse";
  }

  open(name: string, depth: number): void {
    if (this.#skipped) return;
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
      this.onText = "skip";
    }
  }

  close(depth: number): void {
    if (this.#skipped && depth > this.#skipped) return;
    this.#skipped = 0;
    if (depth === this.#depth + 1) this.#isInRun = false;
    this.onText = "refuse";
  }

  text(text: string): void {
    this.#text += text;
  }

  /** The whole text, its escapes resolved. */
  end(): string {
    return unescapedText(detached(this.#text));
  }
}
