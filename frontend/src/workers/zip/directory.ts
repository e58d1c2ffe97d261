/**
 * The contents of a zip by its central directory (APPNOTE 6.3), read with distrust.
 *
 * 64-bit records count, and so do sizes that only the directory knows because the writer streamed. What the directory
 * says has to agree with what stands before each part, so that no two readers can take two different parts for one.
 */
import { damaged } from "../limits.ts";

export interface Entry {
  /** As the zip has it, but with `/` between folders. */
  readonly name: string;
  /** The bytes of the name as they stand in the directory. */
  readonly nameBytes: Uint8Array;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where the record before its packed bytes is. */
  readonly offset: number;
}

export const STORED = 0;
export const DEFLATED = 8;
export const ENCRYPTED_FLAG = 1;
/** Patched data, and a stronger encryption. */
export const UNKNOWN_FLAGS = 0x60;
/** The newest version of the format that is known, 6.3. */
const MAX_VERSION = 63;

const END_RECORD = 0x06054b50;
const END_BYTES = 22;
const END_64_LOCATOR = 0x07064b50;
const END_64_LOCATOR_BYTES = 20;
const END_64_RECORD = 0x06064b50;
const END_64_BYTES = 56;
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

/** Every part of a zip. Throws `WorkbookError` if the directory is inconsistent. */
export function directory(data: Uint8Array<ArrayBuffer>): Entry[] {
  try {
    return new Directory(data).entries();
  } catch (error) {
    if (error instanceof RangeError) throw cannotUnpack(); // a record beyond the end of the file
    throw error;
  }
}

/** Where the packed bytes of a part start, by the record right before them, which has to name the same part. */
export function startOf(data: Uint8Array<ArrayBuffer>, entry: Entry): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const { offset } = entry;
  if (offset + LOCAL_BYTES > data.length || view.getUint32(offset, true) !== LOCAL_RECORD)
    throw cannotUnpack();
  const nameBytes = view.getUint16(offset + 26, true);
  const start = offset + LOCAL_BYTES + nameBytes + view.getUint16(offset + 28, true);
  const name = data.subarray(offset + LOCAL_BYTES, offset + LOCAL_BYTES + nameBytes);
  const isSame =
    name.length === entry.nameBytes.length && name.every((byte, at) => byte === entry.nameBytes[at]);
  if (!isSame || start + entry.packedBytes > data.length) throw cannotUnpack();
  return start;
}

function nameIn(bytes: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder().decode(bytes).replaceAll("\\", "/");
}

class Directory {
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  constructor(data: Uint8Array<ArrayBuffer>) {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  entries(): Entry[] {
    const { bytes, start, end } = this.#end();
    const junk = end - bytes - start;
    if (junk < 0) throw cannotUnpack();
    if (junk) throw damaged(`${junk} bytes come before its zip`); // another zip may come first
    const entries: Entry[] = [];
    let at = end - bytes;
    while (at < end) {
      if (this.#view.getUint32(at, true) !== DIRECTORY_RECORD) throw cannotUnpack();
      entries.push(this.#entry(at));
      at += DIRECTORY_BYTES + this.#short(at + 28) + this.#short(at + 30) + this.#short(at + 32);
    }
    if (at !== end) throw cannotUnpack();
    return entries;
  }

  /**
   * The place of the last record. The comment of a zip may contain the bytes with which such a record begins, but only
   * the comment of the right one ends with the file. If there is none, the last place with these bytes counts.
   */
  #lastRecord(): number {
    const last = this.#data.length - END_BYTES;
    const first = Math.max(0, last - MAX_COMMENT_BYTES);
    let found = -1;
    for (let at = last; at >= first; at--) {
      if (this.#view.getUint32(at, true) !== END_RECORD) continue;
      if (this.#short(at + 20) === last - at) return at;
      if (found < 0) found = at;
    }
    if (found < 0) throw cannotUnpack();
    return found;
  }

  /** Where the directory ends, how long it is and where it says that it starts, by the last record or its 64-bit twin. */
  #end(): { bytes: number; start: number; end: number } {
    const at = this.#lastRecord();
    const locator = at - END_64_LOCATOR_BYTES;
    if (locator < 0 || this.#long(locator) !== END_64_LOCATOR) {
      return { bytes: this.#long(at + 12), start: this.#long(at + 16), end: at };
    }
    const record = locator - END_64_BYTES;
    if (this.#long(record) !== END_64_RECORD) throw cannotUnpack();
    return { bytes: this.#huge(record + 40), start: this.#huge(record + 48), end: record };
  }

  #entry(at: number): Entry {
    const nameBytes = this.#short(at + 28);
    const name = this.#data.subarray(at + DIRECTORY_BYTES, at + DIRECTORY_BYTES + nameBytes);
    const sizes = this.#sizes(at, at + DIRECTORY_BYTES + nameBytes, this.#short(at + 30));
    // What cannot be read refuses the whole: another program would take the name up to a zero byte. The version is one
    // byte; 7-Zip writes the host system into the next one.
    if (name.includes(0) || (this.#data[at + 6] ?? 0) > MAX_VERSION) throw cannotUnpack();
    return {
      name: nameIn(name),
      nameBytes: name,
      flags: this.#short(at + 8),
      method: this.#short(at + 10),
      crc: this.#long(at + 16),
      ...sizes,
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
