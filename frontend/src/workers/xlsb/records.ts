/** The records of an xlsb part: each a type, a size and a body, type and size in groups of seven bits (MS-XLSB 2.1.4). */
import { oddRecords } from "../limits.ts";
import type { Run, RunTexts } from "../looks.ts";

export interface XlsbRecord {
  readonly kind: number;
  readonly view: DataView;
  /** All its bytes, its type and its size included. */
  readonly bytes: Uint8Array;
}

/** Throws `WorkbookError` for a record that goes beyond its part. */
export function* records(part: Uint8Array): Generator<XlsbRecord, void, undefined> {
  let at = 0;
  const next = (most: number): number => {
    let number = 0;
    for (let index = 0; index < most; index++) {
      const byte = part[at];
      if (byte === undefined) throw oddRecords();
      at += 1;
      number += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) break;
    }
    return number;
  };
  while (at < part.length) {
    const start = at;
    const kind = next(2);
    const size = next(4);
    if (at + size > part.length) throw oddRecords();
    const view = new DataView(part.buffer, part.byteOffset + at, size);
    yield { kind, view, bytes: part.subarray(start, at + size) };
    at += size;
  }
}

/**
 * A text with its length before it, and where it ends. If the text may be missing, a length of 0xFFFFFFFF means none.
 */
export function text(view: DataView, at: number, isNullable = false): [text: string, end: number] {
  const count = view.getUint32(at, true);
  if (count === 0xffffffff && isNullable) return ["", at + 4];
  const end = at + 4 + 2 * count;
  if (end > view.byteLength) throw oddRecords();
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at + 4, 2 * count) as Uint8Array<ArrayBuffer>;
  return [new TextDecoder("utf-16le", { ignoreBOM: true }).decode(bytes), end];
}

/** A text whose runs may have fonts of their own (MS-XLSB 2.5.121), as people see it. */
export function richText(view: DataView, at: number, texts: RunTexts): string {
  const [found, end] = text(view, at + 1);
  if (!(view.getUint8(at) & 1)) return found;
  const count = view.getUint32(end, true);
  if (end + 4 + 4 * count > view.byteLength) throw oddRecords();
  const runs: Run[] = [];
  for (let place = end + 4; runs.length < count; place += 4) {
    runs.push([view.getUint16(place, true), view.getUint16(place + 2, true)]);
  }
  return texts.seen(found, runs);
}
