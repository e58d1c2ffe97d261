/**
 * The zip around xlsx, xlsm, xlsb and ods, opened by hand and with distrust (XL-7).
 * Twin of `src/setpoint/workbook/package.py`.
 *
 * SheetJS makes an empty sheet of a damaged one and inflates whatever it is given. So what the central directory
 * declares is bounded before a byte is inflated; what is inflated is bounded by what was declared, and its CRC is
 * checked. Only the parts that a reader needs are inflated at all, by the browser's own code and not SheetJS's, which
 * then gets a zip that is merely stored, made of parts that have passed.
 */
import { damaged, holdsEntities, inflatesTooMuch, MAX_INFLATED_BYTES, MAX_INFLATED_RATIO } from "./limits.ts";

export type Parts = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly flags: number;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly offset: number;
}

const END_RECORD = 0x06054b50;
const DIRECTORY_RECORD = 0x02014b50;
const LOCAL_RECORD = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const STORED = 0;
const DEFLATED = 8;
const NEVER_NEEDED = /^(?:xl\/(?:media|drawings|charts|theme)\/|docProps\/|Thumbnails\/|Object )/;

/** The parts that readers need, by name. Rejects with `WorkbookError` for a zip that cannot be trusted. */
export async function openPackage(data: Uint8Array<ArrayBuffer>): Promise<Parts> {
  const entries = directory(data);
  const inflated = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (inflated > MAX_INFLATED_BYTES || inflated > MAX_INFLATED_RATIO * data.length) throw inflatesTooMuch();
  const parts = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of entries) {
    if (!isNeeded(entry.name)) continue;
    if (entry.flags & 1 || (entry.method !== STORED && entry.method !== DEFLATED)) {
      throw damaged(`its part ${entry.name} is packed as no workbook is`);
    }
    const part = await inflate(data, entry);
    if (crc32(part) !== entry.crc) throw cannotUnpack();
    if (/\.(?:xml|rels)$/.test(entry.name)) checkXml(part);
    parts.set(entry.name, part);
  }
  return parts;
}

/** The same parts as a zip that has nothing to inflate. */
export function stored(parts: Parts): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const files = [...parts].map(([name, part]) => ({ name: encoder.encode(name), part, crc: crc32(part) }));
  const size = files.reduce((sum, { name, part }) => sum + 76 + 2 * name.length + part.length, END_BYTES);
  const out = new Uint8Array(size);
  const view = new DataView(out.buffer);
  const offsets: number[] = [];
  let at = 0;
  for (const { name, part, crc } of files) {
    offsets.push(at);
    view.setUint32(at, LOCAL_RECORD, true);
    sizes(view, at + 14, crc, part.length, name.length);
    out.set(name, at + 30);
    out.set(part, at + 30 + name.length);
    at += 30 + name.length + part.length;
  }
  const start = at;
  for (const [index, { name, part, crc }] of files.entries()) {
    view.setUint32(at, DIRECTORY_RECORD, true);
    sizes(view, at + 16, crc, part.length, name.length);
    view.setUint32(at + 42, offsets[index] ?? 0, true);
    out.set(name, at + 46);
    at += 46 + name.length;
  }
  view.setUint32(at, END_RECORD, true);
  view.setUint16(at + 8, files.length, true);
  view.setUint16(at + 10, files.length, true);
  view.setUint32(at + 12, at - start, true);
  view.setUint32(at + 16, start, true);
  return out;
}

function sizes(view: DataView, at: number, crc: number, bytes: number, nameBytes: number): void {
  view.setUint32(at, crc, true);
  view.setUint32(at + 4, bytes, true);
  view.setUint32(at + 8, bytes, true);
  view.setUint16(at + 12, nameBytes, true);
}

/** What the central directory says is in the zip. 64-bit sizes are refused: they are over every bound anyway. */
function directory(data: Uint8Array<ArrayBuffer>): Entry[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let end = data.length - END_BYTES;
  const first = Math.max(0, end - MAX_COMMENT_BYTES);
  while (end >= first && view.getUint32(end, true) !== END_RECORD) end -= 1;
  if (end < first) throw cannotUnpack();
  try {
    const count = view.getUint16(end + 10, true);
    let at = view.getUint32(end + 16, true);
    const entries: Entry[] = [];
    const decoder = new TextDecoder();
    for (let index = 0; index < count; index++) {
      if (view.getUint32(at, true) !== DIRECTORY_RECORD) throw cannotUnpack();
      const nameBytes = view.getUint16(at + 28, true);
      entries.push({
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        crc: view.getUint32(at + 16, true),
        packedBytes: view.getUint32(at + 20, true),
        bytes: view.getUint32(at + 24, true),
        offset: view.getUint32(at + 42, true),
        name: decoder.decode(data.subarray(at + 46, at + 46 + nameBytes)),
      });
      at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
    return entries;
  } catch (error) {
    if (error instanceof RangeError) throw cannotUnpack();
    throw error;
  }
}

async function inflate(data: Uint8Array<ArrayBuffer>, entry: Entry): Promise<Uint8Array<ArrayBuffer>> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (entry.offset + 30 > data.length || view.getUint32(entry.offset, true) !== LOCAL_RECORD)
    throw cannotUnpack();
  const start =
    entry.offset + 30 + view.getUint16(entry.offset + 26, true) + view.getUint16(entry.offset + 28, true);
  const packed = data.subarray(start, start + entry.packedBytes);
  if (packed.length < entry.packedBytes) throw cannotUnpack();
  if (entry.method === STORED) {
    if (entry.packedBytes !== entry.bytes) throw cannotUnpack();
    return packed.slice();
  }
  const out = new Uint8Array(entry.bytes);
  let filled = 0;
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (filled + value.length > entry.bytes) throw cannotUnpack();
      out.set(value, filled);
      filled += value.length;
    }
  } catch {
    throw cannotUnpack();
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (filled !== entry.bytes) throw cannotUnpack();
  return out;
}

function isNeeded(name: string): boolean {
  if (name.startsWith("xl/") && name.endsWith(".bin")) {
    return !name.toLowerCase().includes("vba") && !name.includes("/printerSettings/");
  }
  return !NEVER_NEEDED.test(name) && (name === "mimetype" || /\.(?:xml|rels)$/.test(name));
}

/** No document type, and so no entities; and UTF-8, which is what every program writes. */
function checkXml(part: Uint8Array): void {
  const [a, b, c, d] = part;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || [a, b, c, d].includes(0)) {
    throw damaged("its XML is not in UTF-8");
  }
  if (holds(part, "<!DOCTYPE") || holds(part, "<!ENTITY")) throw holdsEntities();
}

/** Whether a part has a text of ASCII letters in it. */
export function holds(part: Uint8Array, text: string): boolean {
  return find(part, text, 0) >= 0;
}

/** Where a text of ASCII letters stands next; -1 where it does not. */
export function find(part: Uint8Array, text: string, from: number): number {
  const codes = Array.from(text, (letter) => letter.charCodeAt(0));
  // The rarest letter of a sheet's XML is looked for: `<` and `"` are on every corner, the second letter is not.
  const second = codes[1] ?? 0;
  for (let at = part.indexOf(second, from + 1); at >= 0; at = part.indexOf(second, at + 1)) {
    if (codes.every((code, index) => part[at - 1 + index] === code)) return at - 1;
  }
  return -1;
}

function cannotUnpack(): Error {
  return damaged("its zip cannot be unpacked whole");
}

const CRC_TABLES = tables();

/** Eight tables of 256, so that eight bytes are taken a step. */
function tables(): Uint32Array[] {
  const found = Array.from({ length: 8 }, () => new Uint32Array(256));
  const [first = new Uint32Array(256)] = found;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    first[byte] = crc;
  }
  for (const [index, table] of found.entries()) {
    const before = found[index - 1];
    if (!before) continue;
    for (let byte = 0; byte < 256; byte++) {
      const crc = before[byte] ?? 0;
      table[byte] = (first[crc & 0xff] ?? 0) ^ (crc >>> 8);
    }
  }
  return found;
}

export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = CRC_TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 8);
  let crc = 0xffffffff;
  let at = 0;
  for (; at < whole; at += 8) {
    const low = crc ^ view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    crc =
      (t7[low & 0xff] ?? 0) ^
      (t6[(low >>> 8) & 0xff] ?? 0) ^
      (t5[(low >>> 16) & 0xff] ?? 0) ^
      (t4[low >>> 24] ?? 0) ^
      (t3[high & 0xff] ?? 0) ^
      (t2[(high >>> 8) & 0xff] ?? 0) ^
      (t1[(high >>> 16) & 0xff] ?? 0) ^
      (t0[high >>> 24] ?? 0);
  }
  for (; at < bytes.length; at++) crc = (t0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
