/** The records of an xls stream: each a type, a size and a body (MS-XLS 2.1.4). */
import { oddRecords, tooOld } from "../limits.ts";

export interface BiffRecord {
  readonly kind: number;
  readonly view: DataView;
  /** The bodies of the record and of the `Continue` records right behind it. */
  readonly pieces: readonly DataView[];
}

const BOF = 0x809;
const BIFF8 = 0x600;
const EOF = 0x0a;
const CONTINUE = 0x3c;

/**
 * The records of one substream, from its `BOF` at `start` to its `EOF`; charts inside it are passed over. Throws
 * `WorkbookError` for a substream that does not end, and for one of Excel 95 or older.
 */
export function* substream(stream: Uint8Array, start: number): Generator<BiffRecord, void, undefined> {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  let depth = 0;
  for (let at = start; at + 4 <= stream.length; ) {
    const kind = view.getUint16(at, true);
    const first = bodyAt(view, at);
    at += 4 + first.byteLength;
    const pieces = [first];
    while (at + 4 <= stream.length && view.getUint16(at, true) === CONTINUE) {
      const piece = bodyAt(view, at);
      pieces.push(piece);
      at += 4 + piece.byteLength;
    }
    if (depth === 0) {
      if ((kind & 0xff) !== 9) throw oddRecords();
      if (kind !== BOF || first.getUint16(0, true) !== BIFF8) throw tooOld();
    }
    if (kind === BOF) depth += 1;
    else if (kind === EOF) {
      depth -= 1;
      if (depth === 0) return;
      continue;
    }
    if (depth === 1) yield { kind, view: first, pieces };
  }
  throw oddRecords();
}

function bodyAt(view: DataView, at: number): DataView {
  const size = view.getUint16(at + 2, true);
  if (at + 4 + size > view.byteLength) throw oddRecords();
  return new DataView(view.buffer, view.byteOffset + at + 4, size);
}
