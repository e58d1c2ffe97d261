/**
 * The shared strings of an xlsx, each in its place (18.4).
 *
 * An empty one counts like any other: otherwise every text after it would shift by one, from one machine to the next.
 * Rich text is joined; phonetic guides are left out.
 */

import { CellError, GrammarError } from "../grammarError.ts";
import { damaged } from "../limits.ts";
import type { Attributes } from "../xml/attributes.ts";
import type { XmlListener } from "../xml/scanner.ts";
import type { Package } from "../zip/package.ts";
import { RichText } from "./richText.ts";
import { NAMESPACES } from "./spreadsheetMl.ts";

export async function readSharedStrings(pack: Package, part: string): Promise<readonly string[]> {
  const listener = new SharedStringsListener();
  try {
    await pack.scan(part, listener, NAMESPACES);
  } catch (error) {
    if (error instanceof CellError) throw damaged(`one of its shared texts ${error.message}`);
    throw error instanceof GrammarError ? damaged("its shared texts cannot be read") : error;
  }
  return listener.strings;
}

class SharedStringsListener implements XmlListener {
  readonly strings: string[] = [];
  readonly #text = new RichText(1);
  #isInside = false;

  get onText(): "take" | "skip" | "refuse" {
    return this.#isInside ? this.#text.onText : "skip";
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (depth === 0 && name !== "sst") throw damaged("its shared texts are none");
    if (name === "mc:AlternateContent") throw damaged("its shared texts have more than one version");
    if (depth === 1 && name === "si") {
      this.#isInside = true;
      this.#text.start();
    } else if (this.#isInside) this.#text.open(name, depth, attributes);
  }

  close(_name: string, depth: number): void {
    if (!this.#isInside) return;
    if (depth > 1) this.#text.close(depth);
    else {
      this.#isInside = false;
      this.strings.push(this.#text.end());
    }
  }

  text(source: string, start: number, end: number): void {
    this.#text.text(source.slice(start, end));
  }
}
