/**
 * The text that a cell of an ods shows: its paragraphs, each on a line of its own (OpenDocument 1.3 part 3, 6).
 *
 * Runs of spaces, tabs and line breaks are elements of their own; annotations do not count.
 */

import { type Look, seen } from "../looks.ts";
import type { Attributes } from "../xml/attributes.ts";
import { countOf, valueIn } from "./openDocument.ts";
import type { Styles } from "./styles.ts";

const MAX_SPACES = 1000;

/** Elements that show a text with labels, or another text. */
const BLOCKS = new Set(["text:list", "text:numbered-paragraph", "text:section"]);

export class ShownText {
  /** Whether an element other than a paragraph shows a text. */
  hasLabels = false;
  #paragraphs = 0;
  #text = "";
  #depth = 0;
  /** The depth of an element that is skipped with its contents; 0 if there is none. */
  #skipped = 0;
  #isInParagraph = false;
  readonly #styles: Styles;
  /** The open parts of the text that look different: where each begins. */
  #parts: { readonly depth: number; readonly start: number; readonly look: Look }[] = [];

  constructor(styles: Styles) {
    this.#styles = styles;
  }

  /** Whether text counts here. */
  get isOpen(): boolean {
    return this.#isInParagraph && !this.#skipped;
  }

  /** `depth` is that of the cell. */
  start(depth: number): void {
    this.#depth = depth;
    this.#paragraphs = this.#skipped = 0;
    this.#text = "";
    this.#parts = [];
    this.#isInParagraph = this.hasLabels = false;
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (this.#skipped) return;
    if (depth === this.#depth + 1) {
      if (name !== "text:p" && name !== "text:h") {
        this.hasLabels ||= BLOCKS.has(name);
        this.#skipped = depth;
        return;
      }
      if (this.#paragraphs) this.#text += "\n";
      this.#paragraphs += 1;
      this.#isInParagraph = true;
    } else if (name === "text:span") {
      const style = valueIn(attributes, "text:style-name");
      const look = style ? this.#styles.look("text", style) : undefined;
      if (look?.isHigh || look?.isStruck) this.#parts.push({ depth, start: this.#text.length, look });
    } else if (name === "text:s") {
      this.#text += " ".repeat(Math.min(spacesOf(attributes), MAX_SPACES));
    } else if (name === "text:tab") this.#text += "\t";
    else if (name === "text:line-break") this.#text += "\n";
    else if (name === "text:ruby-text" || !name.startsWith("text:")) this.#skipped = depth;
  }

  close(_name: string, depth: number): void {
    if (this.#skipped) {
      if (depth === this.#skipped) this.#skipped = 0;
    } else if (depth === this.#depth + 1) this.#isInParagraph = false;
    else if (depth === this.#parts.at(-1)?.depth) this.#endPart();
  }

  #endPart(): void {
    const part = this.#parts.pop();
    if (part) this.#text = this.#text.slice(0, part.start) + seen(this.#text.slice(part.start), part.look);
  }

  text(text: string): void {
    this.#text += text;
  }

  /** Null if there is no paragraph. */
  end(): string | null {
    return this.#paragraphs ? this.#text : null;
  }
}

/** A run of spaces may be empty. */
function spacesOf(attributes: Attributes): number {
  return valueIn(attributes, "text:c") === "0" ? 0 : countOf(attributes, "text:c");
}
