/**
 * Inflates one part of a zip piece by piece, with the browser's own code.
 *
 * Bytes are counted while they come, against what the directory declared, and the checksum is taken along the way: sizes
 * that lie and damaged parts are errors, and no piece of them outlives the error.
 */

import { damaged, encrypted } from "../limits.ts";
import { crc32 } from "./crc32.ts";
import { cannotUnpack, DEFLATED, ENCRYPTED_FLAG, type Entry, STORED, startOf } from "./directory.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const SLICE_BYTES = 32_768;

/** The bytes of a part. Rejects with `WorkbookError` at the first that does not fit, at the latest at the end. */
export async function* inflated(data: Bytes, entry: Entry): AsyncGenerator<Bytes, void, undefined> {
  if (entry.flags & ENCRYPTED_FLAG) throw encrypted();
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw damaged(`its part ${entry.name} is packed as no workbook is`);
  }
  const start = startOf(data, entry);
  let bytes = 0;
  let crc = 0;
  const packed = data.subarray(start, start + entry.packedBytes);
  for await (const piece of pieces(packed, entry.method)) {
    bytes += piece.length;
    if (bytes > entry.bytes) throw cannotUnpack();
    crc = crc32(piece, crc);
    yield piece;
  }
  if (bytes !== entry.bytes || crc !== entry.crc) throw cannotUnpack();
}

async function* pieces(packed: Bytes, method: number): AsyncGenerator<Bytes, void, undefined> {
  if (method === STORED) {
    yield packed;
    return;
  }
  const reader = slices(packed).pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw cannotUnpack();
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The packed bytes a little at a time, so that no more is inflated than is asked for. */
function slices(packed: Bytes): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < packed.length) controller.enqueue(packed.slice(at, at + SLICE_BYTES));
      at += SLICE_BYTES;
      if (at >= packed.length) controller.close();
    },
  });
}
