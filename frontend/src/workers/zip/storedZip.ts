/** Makes a zip of checked parts with nothing to inflate, because SheetJS would inflate whatever it is given. */
import { crc32 } from "./crc32.ts";

const END_RECORD = 0x06054b50;
const END_BYTES = 22;
const DIRECTORY_RECORD = 0x02014b50;
const DIRECTORY_BYTES = 46;
const LOCAL_RECORD = 0x04034b50;
const LOCAL_BYTES = 30;

export function storedZip(parts: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
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
    out.set(name, at + LOCAL_BYTES);
    out.set(part, at + LOCAL_BYTES + name.length);
    at += LOCAL_BYTES + name.length + part.length;
  }
  const start = at;
  for (const [index, { name, part, crc }] of files.entries()) {
    view.setUint32(at, DIRECTORY_RECORD, true);
    sizes(view, at + 16, crc, part.length, name.length);
    view.setUint32(at + 42, offsets[index] ?? 0, true);
    out.set(name, at + DIRECTORY_BYTES);
    at += DIRECTORY_BYTES + name.length;
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
