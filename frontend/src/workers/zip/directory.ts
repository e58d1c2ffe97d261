/**
 * What the central directory of a zip says is in it (APPNOTE 6.3), read with distrust.
 *
 * 64-bit records count, and so do sizes that only the directory knows because the writer streamed. What the directory
 * says has to agree with what stands before each part, so that no two readers can take two different parts for one.
 */
import { damaged } from "../limits.ts";

export interface Entry {
  /** As the zip has it, but with `/` between folders. */
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its packed bytes start. */
  readonly start: number;
}

export const STORED = 0;
export const DEFLATED = 8;
export const ENCRYPTED_FLAG = 1;

const END_RECORD = 0x06054b50;
const END_BYTES = 22;
const END_64_LOCATOR = 0x07064b50;
const END_64_LOCATOR_BYTES = 20;
const END_64_RECORD = 0x06064b50;
const DIRECTORY_RECORD = 0x02014b50;
const DIRECTORY_BYTES = 46;
const LOCAL_RECORD = 0x04034b50;
const LOCAL_BYTES = 30;
const EXTRA_64 = 1;
const MAX_COMMENT_BYTES = 65_535;
const FULL_32 = 0xffffffff;

export function cannotUnpack(): Error {
  return damaged("its zip cannot be unpacked whole");
}

/** Every part of a zip. Throws `WorkbookError` where the directory does not hold together. */
export function directory(data: Uint8Array<ArrayBuffer>): Entry[] {
  try {
    return new Directory(data).entries();
  } catch (error) {
    if (error instanceof RangeError) throw cannotUnpack(); // a record beyond the end of the file
    throw error;
  }
}

class Directory {
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(data: Uint8Array<ArrayBuffer>) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  entries(): Entry[] {
    const { count, start, end } = this.#end();
    const entries: Entry[] = [];
    let at = start;
    while (at < end) {
      if (this.#view.getUint32(at, true) !== DIRECTORY_RECORD) throw cannotUnpack();
      entries.push(this.#entry(at));
      at += DIRECTORY_BYTES + this.#short(at + 28) + this.#short(at + 30) + this.#short(at + 32);
    }
    if (at !== end || entries.length !== count) throw cannotUnpack();
    return entries;
  }

  /** Where the directory is, by the record at the end of the file or by its 64-bit twin. */
  #end(): { count: number; start: number; end: number } {
    let at = this.#data.length - END_BYTES;
    const first = Math.max(0, at - MAX_COMMENT_BYTES);
    while (at >= first && this.#view.getUint32(at, true) !== END_RECORD) at -= 1;
    if (at < first) throw cannotUnpack();
    const locator = at - END_64_LOCATOR_BYTES;
    const is64 = locator >= 0 && this.#view.getUint32(locator, true) === END_64_LOCATOR;
    if (!is64) return this.#placed(this.#short(at + 10), this.#long(at + 12), this.#long(at + 16), at);
    const record = this.#huge(locator + 8);
    if (this.#long(record) !== END_64_RECORD) throw cannotUnpack();
    return this.#placed(this.#huge(record + 32), this.#huge(record + 40), this.#huge(record + 48), record);
  }

  #placed(
    count: number,
    bytes: number,
    start: number,
    end: number,
  ): { count: number; start: number; end: number } {
    if (start + bytes !== end) throw cannotUnpack();
    return { count, start, end };
  }

  #entry(at: number): Entry {
    const nameBytes = this.#short(at + 28);
    const name = this.#data.subarray(at + DIRECTORY_BYTES, at + DIRECTORY_BYTES + nameBytes);
    const sizes = this.#sizes(at, at + DIRECTORY_BYTES + nameBytes, this.#short(at + 30));
    const { offset, packedBytes } = sizes;
    if (this.#long(offset) !== LOCAL_RECORD || this.#short(offset + 26) !== nameBytes) throw cannotUnpack();
    const local = this.#data.subarray(offset + LOCAL_BYTES, offset + LOCAL_BYTES + nameBytes);
    if (!name.every((byte, index) => byte === local[index])) throw cannotUnpack();
    const start = offset + LOCAL_BYTES + nameBytes + this.#short(offset + 28);
    if (start + packedBytes > this.#data.length) throw cannotUnpack();
    return {
      name: new TextDecoder().decode(name).replaceAll("\\", "/"),
      flags: this.#short(at + 8),
      method: this.#short(at + 10),
      crc: this.#long(at + 16),
      packedBytes,
      bytes: sizes.bytes,
      start,
    };
  }

  /** Sizes and place of a part; those that do not fit into 32 bits stand in its 64-bit field, in this order. */
  #sizes(
    at: number,
    extra: number,
    extraBytes: number,
  ): { bytes: number; packedBytes: number; offset: number } {
    let wide = this.#wideField(extra, extra + extraBytes);
    const next = (short: number) => {
      if (short !== FULL_32) return short;
      if (wide < 0) throw cannotUnpack();
      wide += 8;
      return this.#huge(wide - 8);
    };
    const bytes = next(this.#long(at + 24));
    const packedBytes = next(this.#long(at + 20));
    return { bytes, packedBytes, offset: next(this.#long(at + 42)) };
  }

  #wideField(from: number, to: number): number {
    for (let at = from; at + 4 <= to; at += 4 + this.#short(at + 2)) {
      if (this.#short(at) === EXTRA_64) return at + 4;
    }
    return -1;
  }

  #short(at: number): number {
    return this.#view.getUint16(at, true);
  }

  #long(at: number): number {
    return this.#view.getUint32(at, true);
  }

  #huge(at: number): number {
    const number = this.#view.getBigUint64(at, true);
    if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw cannotUnpack();
    return Number(number);
  }
}
