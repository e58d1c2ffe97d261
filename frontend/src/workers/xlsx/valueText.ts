/** The contents of a `<v>`: places in the text that is being scanned. A string is made only if it is needed. */
import { detached, digitsIn } from "../xml/attributes.ts";

export class ValueText {
  #source = "";
  #from = 0;
  #to = 0;

  clear(): void {
    this.#from = this.#to = 0;
  }

  /** A value may come in several pieces, such as around a comment. */
  add(source: string, from: number, to: number): void {
    if (this.#to > this.#from) {
      this.#source = this.text() + source.slice(from, to);
      this.#from = 0;
      this.#to = this.#source.length;
    } else {
      this.#source = source;
      this.#from = from;
      this.#to = to;
    }
  }

  /** The number that plain digits are, as most values are; -1 for anything else. */
  digits(): number {
    return digitsIn(this.#source, this.#from, this.#to);
  }

  get hasLeadingZero(): boolean {
    return this.#to - this.#from > 1 && this.#source.charCodeAt(this.#from) === 48;
  }

  text(): string {
    return detached(this.#source.slice(this.#from, this.#to));
  }
}
