/**
 * The zip around xlsx, xlsm, xlsb and ods, opened by hand and with distrust (XL-7).
 * Twin of `src/setpoint/workbook/package.py`.
 *
 * What the directory declares is bounded before a byte is inflated. Only the parts that a reader asks for are inflated
 * at all: pictures and macros stay packed. Names of parts are the same whatever their case (ECMA-376 part 2, 6.2.2).
 */

import { GrammarError } from "../grammarError.ts";
import { damaged, inflatesTooMuch, MAX_INFLATED_BYTES, MAX_INFLATED_RATIO, notInUtf8 } from "../limits.ts";
import type { Namespaces } from "../xml/names.ts";
import { type XmlListener, XmlScanner } from "../xml/scanner.ts";
import { directory, type Entry } from "./directory.ts";
import { inflated } from "./inflate.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export class Package {
  readonly #data: Bytes;
  readonly #entries = new Map<string, Entry>();
  readonly #doubled = new Set<string>();

  /** Throws `WorkbookError` for a zip that cannot be trusted, or that unpacks to too much. */
  constructor(data: Bytes) {
    this.#data = data;
    let total = 0;
    for (const entry of directory(data)) {
      total += entry.bytes;
      const key = keyOf(entry.name);
      if (this.#entries.has(key)) this.#doubled.add(key);
      this.#entries.set(key, entry);
    }
    if (total > MAX_INFLATED_BYTES || total > MAX_INFLATED_RATIO * data.length) throw inflatesTooMuch();
  }

  has(name: string): boolean {
    return this.#entries.has(keyOf(name));
  }

  /** The names of all parts, as the zip has them. */
  names(): string[] {
    return Array.from(this.#entries.values(), ({ name }) => name);
  }

  /** A part's bytes; empty if there is no such part. */
  async read(name: string): Promise<Bytes> {
    const entry = this.#entry(name);
    if (!entry) return new Uint8Array();
    const out = new Uint8Array(entry.bytes);
    let at = 0;
    for await (const piece of inflated(this.#data, entry)) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }

  /**
   * Passes a part to a listener from its first element to its last. Rejects with `GrammarError` for a part
   * that is not XML, and with `WorkbookError` for a part that is missing, damaged or declared in another
   * encoding than UTF-8.
   */
  async scan(name: string, listener: XmlListener, namespaces: Namespaces): Promise<void> {
    const entry = this.#entry(name);
    if (!entry) throw damaged(`its part ${name} is missing`);
    const scanner = new XmlScanner(listener, namespaces);
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let isStart = true;
    for await (const piece of inflated(this.#data, entry)) {
      if (isStart) checkEncoding(piece);
      isStart = false;
      scanner.push(decoded(decoder, piece));
    }
    scanner.push(decoded(decoder));
    scanner.end();
  }

  #entry(name: string): Entry | undefined {
    const key = keyOf(name);
    if (this.#doubled.has(key))
      throw damaged(`its part ${this.#entries.get(key)?.name ?? name} is in it twice`);
    return this.#entries.get(key);
  }
}

function keyOf(name: string): string {
  return name.replace(/^\/+/, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function decoded(decoder: TextDecoder, piece?: Bytes): string {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode();
  } catch {
    throw new GrammarError("bytes that are no UTF-8");
  }
}

function checkEncoding([a, b, c, d]: Bytes): void {
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || [a, b, c, d].includes(0)) throw notInUtf8();
}
