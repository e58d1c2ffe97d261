/** The checksum of zip and gzip (RFC 1952, section 8), taken piece by piece. */

const TABLES = tables();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** The checksum of `bytes`, or of everything so far if `before` is the checksum of the bytes before them. */
export function crc32(bytes: Uint8Array, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length - (bytes.length % 8);
  let crc = before ^ 0xffffffff;
  let at = 0;
  for (; at < whole; at += 8) {
    const low = crc ^ view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    crc =
      (T7[low & 0xff] ?? 0) ^
      (T6[(low >>> 8) & 0xff] ?? 0) ^
      (T5[(low >>> 16) & 0xff] ?? 0) ^
      (T4[low >>> 24] ?? 0) ^
      (T3[high & 0xff] ?? 0) ^
      (T2[(high >>> 8) & 0xff] ?? 0) ^
      (T1[(high >>> 16) & 0xff] ?? 0) ^
      (T0[high >>> 24] ?? 0);
  }
  for (; at < bytes.length; at++) crc = (T0[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Eight tables of 256, so that one step takes eight bytes. */
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
