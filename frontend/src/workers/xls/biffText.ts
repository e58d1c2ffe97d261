/**
 * Texts in xls records (MS-XLS 2.5.240 and 2.5.293). They are Unicode, whatever the file says about code pages: one
 * byte for each character if all are below 256, otherwise two. A text may continue in a `Continue` record, which states
 * again how wide its characters are.
 */
import { oddRecords } from "../limits.ts";
import { LONE, type Run, type RunTexts } from "../looks.ts";

const WIDE = 1;
const HAS_PHONETICS = 4;
const HAS_RUNS = 8;

export class BiffText {
  readonly #pieces: readonly DataView[];
  #piece = 0;
  #at: number;

  /** Reads the bodies of a record and its `Continue` records from an offset in the first. */
  constructor(pieces: readonly DataView[], at: number) {
    this.#pieces = pieces;
    this.#at = at;
  }

  /** A text with its length in two bytes before it, as `runs` says that its fonts show it. */
  text(runs?: RunTexts): string {
    return this.#characters(this.#short(), runs);
  }

  /** The text of an `RString`: the runs of its fonts stand behind it, after their count. */
  richText(runs: RunTexts): string {
    const text = this.text(runs);
    return this.isAtEnd ? text : runs.seen(text, this.#fonts(this.#short()));
  }

  /** A text with its length in one byte before it. */
  shortText(): string {
    return this.#characters(this.#byte());
  }

  /** Whether nothing is left. */
  get isAtEnd(): boolean {
    return this.#piece >= this.#pieces.length - 1 && this.#left() <= 0;
  }

  #characters(count: number, texts?: RunTexts): string {
    const flags = this.#byte();
    const runs = flags & HAS_RUNS ? this.#short() : 0;
    const phonetics = flags & HAS_PHONETICS ? this.#short() + 65_536 * this.#short() : 0;
    const text = this.#take(count, Boolean(flags & WIDE));
    const fonts = this.#fonts(runs);
    this.#skip(phonetics);
    return texts ? texts.seen(text, fonts) : text;
  }

  #fonts(count: number): readonly Run[] {
    return Array.from({ length: count }, () => [this.#short(), this.#short()] as const);
  }

  #take(count: number, isWideAtFirst: boolean): string {
    let isWide = isWideAtFirst;
    const codes: number[] = [];
    while (codes.length < count) {
      if (this.#left() === 0) {
        this.#next();
        isWide = Boolean(this.#byte() & WIDE);
      }
      if (isWide && this.#left() === 1) throw oddRecords(); // a letter that is cut in two
      codes.push(isWide ? this.#short() : this.#byte());
    }
    let text = "";
    for (let at = 0; at < codes.length; at += 4096)
      text += String.fromCharCode(...codes.slice(at, at + 4096));
    return text.replace(LONE, "\ufffd");
  }

  #skip(count: number): void {
    let left = count;
    while (left > 0) {
      if (this.#left() === 0) this.#next();
      const step = Math.min(left, this.#left());
      this.#at += step;
      left -= step;
    }
  }

  #left(): number {
    return (this.#pieces[this.#piece]?.byteLength ?? 0) - this.#at;
  }

  #next(): void {
    this.#piece += 1;
    this.#at = 0;
    if (this.#left() <= 0) throw oddRecords();
  }

  #byte(): number {
    if (this.#left() === 0) this.#next();
    const byte = this.#pieces[this.#piece]?.getUint8(this.#at) ?? 0;
    this.#at += 1;
    return byte;
  }

  #short(): number {
    return this.#byte() + 256 * this.#byte();
  }
}
