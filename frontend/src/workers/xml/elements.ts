/** Reports the elements of a small part by their places. Deeper elements and all text are skipped. */
import type { Attributes } from "./attributes.ts";
import type { XmlListener } from "./scanner.ts";

/** `parent` is the root's child that contains the element; "" for such a child itself. */
export type Take = (name: string, parent: string, attributes: Attributes) => void;

/** `level`: 1 for a child of a reported element, 2 for a child of that child. */
type TakeInner = (name: string, parent: string, attributes: Attributes, level: number) => void;

export class Elements implements XmlListener {
  readonly onText = "skip";
  /** The name of the root. */
  root = "";
  readonly #take: Take;
  readonly #takeInner: TakeInner;
  #parent = "";
  /** Whether elements in several versions stand here: each of them is reported, the last one to everybody. */
  #isInVersions = false;

  /** `takeInner` gets the two levels of elements within those that `take` gets. */
  constructor(take: Take, takeInner: TakeInner = () => {}) {
    this.#take = take;
    this.#takeInner = takeInner;
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (depth === 0) this.root = name;
    else if (depth === 1) {
      this.#parent = name;
      this.#take(name, "", attributes);
    } else if (depth === 2) {
      this.#isInVersions = name === "mc:AlternateContent";
      this.#take(name, this.#parent, attributes);
    } else if (depth === 4 && this.#isInVersions) this.#take(name, this.#parent, attributes);
    else {
      const level = depth - (this.#isInVersions ? 4 : 2);
      if (level === 1 || level === 2) this.#takeInner(name, this.#parent, attributes, level);
    }
  }

  close(): void {}

  text(): void {}
}
