/**
 * Inflates one part of a zip piece by piece, with the browser's own code.
 *
 * Bytes are counted while they come, against what the directory declared, and so is the checksum: sizes that lie and
 * damaged parts are errors, and no piece of them outlives the error.
 */

import { damaged, encrypted } from "../limits.ts";
import { crc32 } from "./crc32.ts";
import {
  cannotUnpack,
  DEFLATED,
  ENCRYPTED_FLAG,
  type Entry,
  STORED,
  startOf,
  UNKNOWN_FLAGS,
} from "./directory.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const SLICE_BYTES = 32_768;

/** The bytes of a part. Rejects with `WorkbookError` at the first byte that does not fit, at the latest at the end. */
export async function* inflated(data: Bytes, entry: Entry): AsyncGenerator<Bytes, void, undefined> {
  if (entry.flags & ENCRYPTED_FLAG) throw encrypted();
  if (entry.method !== STORED && entry.method !== DEFLATED) {
    throw damaged(`its part ${entry.name} is packed as no workbook is`);
  }
  if (entry.flags & UNKNOWN_FLAGS) throw cannotUnpack();
  const start = startOf(data, entry);
  const packed = data.subarray(start, start + entry.packedBytes);
  if (entry.method === STORED) {
    if (packed.length !== entry.bytes || crc32(packed) !== entry.crc) throw cannotUnpack();
    yield packed;
    return;
  }
  let bytes = 0;
  const reader = gzipOf(packed, entry).pipeThrough(new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw cannotUnpack();
      });
      if (done) break;
      bytes += value.length;
      if (bytes > entry.bytes) throw cannotUnpack();
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (bytes !== entry.bytes) throw cannotUnpack();
}

/**
 * The packed bytes as a gzip file (RFC 1952), a little at a time, so that no more is inflated than is asked for. Its end
 * has the checksum that the directory declares, and so the browser's own code compares it.
 */
function gzipOf(packed: Bytes, { crc, bytes }: Entry): ReadableStream<Bytes> {
  let at = 0;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255));
    },
    pull(controller) {
      if (at < packed.length) controller.enqueue(packed.slice(at, at + SLICE_BYTES));
      at += SLICE_BYTES;
      if (at < packed.length) return;
      const end = new DataView(new ArrayBuffer(8));
      end.setUint32(0, crc, true);
      end.setUint32(4, bytes, true);
      controller.enqueue(new Uint8Array(end.buffer));
      controller.close();
    },
  });
}
