/** Hears the elements of a small part by their places; what stands deeper, and all text, is passed over. */
import type { Attributes } from "./attributes.ts";
import type { XmlListener } from "./scanner.ts";

/** `path` is the names of the elements from the root's child on: `sheets/sheet`. */
type Take = (path: string, attributes: Attributes) => void;

export class Elements implements XmlListener {
  readonly onText = "skip";
  /** The name of the root. */
  root = "";
  readonly #take: Take;
  #parent = "";

  constructor(take: Take) {
    this.#take = take;
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (depth === 0) this.root = name;
    else if (depth === 1) {
      this.#parent = name;
      this.#take(name, attributes);
    } else if (depth === 2) this.#take(`${this.#parent}/${name}`, attributes);
  }

  close(): void {}

  text(): void {}
}
