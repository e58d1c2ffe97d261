/** Makes small xls and xlsb files for tests, record by record. */
import { relations, zipOf } from "./workbooks.ts";

const SECTOR = 512;

export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Little-endian numbers, each with its length in bytes: `[[1, 2], [0x600, 2]]`. `f64` means a double. */
export function bytesOf(
  ...fields: readonly (readonly [value: number, size: 1 | 2 | 4 | "f64"])[]
): Uint8Array {
  return joined(
    ...fields.map(([value, size]) => {
      const view = new DataView(new ArrayBuffer(size === "f64" ? 8 : size));
      if (size === "f64") view.setFloat64(0, value, true);
      else if (size === 4) view.setUint32(0, value >>> 0, true);
      else if (size === 2) view.setUint16(0, value, true);
      else view.setUint8(0, value);
      return new Uint8Array(view.buffer);
    }),
  );
}

export function utf16(text: string): Uint8Array {
  return joined(...Array.from({ length: text.length }, (_, at) => bytesOf([text.charCodeAt(at), 2])));
}

export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** A record of xls. */
export function biff(kind: number, ...body: readonly Uint8Array[]): Uint8Array {
  const whole = joined(...body);
  return joined(bytesOf([kind, 2], [whole.length, 2]), whole);
}

/** An xls of one sheet, `S`: records before the sheet, and those of the sheet. */
export function xls(globals: readonly Uint8Array[], sheet: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const begin = (kind: number) => biff(0x809, bytesOf([0x600, 2], [kind, 2], [0, 4], [0, 4], [0, 4]));
  const end = biff(0x0a);
  const bound = (start: number) =>
    biff(0x85, bytesOf([start, 4], [0, 1], [0, 1], [1, 1], [0, 1]), latin1("S"));
  const before = joined(begin(5), ...globals);
  const start = before.length + bound(0).length + end.length;
  return compound({ Workbook: joined(before, bound(start), end, begin(0x10), ...sheet, end) });
}

/** A compound file with these streams; each is filled up with zeros to whole sectors and a size that is not small. */
export function compound(streams: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const padded = Object.values(streams).map((stream) => {
    const bytes = Math.max(4096, Math.ceil(stream.length / SECTOR) * SECTOR);
    return joined(stream, new Uint8Array(bytes - stream.length));
  });
  const fat: number[] = [0xfffffffd, 0xfffffffe];
  const starts = padded.map((stream) => {
    const first = fat.length;
    for (let left = stream.length / SECTOR; left > 1; left--) fat.push(fat.length + 1);
    fat.push(0xfffffffe);
    return first;
  });
  while (fat.length < SECTOR / 4) fat.push(0xffffffff);
  const header = joined(
    Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1),
    new Uint8Array(16),
    bytesOf([0x3e, 2], [3, 2], [0xfffe, 2], [9, 2], [6, 2], [0, 2], [0, 4], [0, 4]),
    bytesOf([1, 4], [1, 4], [0, 4], [4096, 4], [0xfffffffe, 4], [0, 4], [0xfffffffe, 4], [0, 4], [0, 4]),
    new Uint8Array(4 * 108).fill(0xff),
  );
  const names = Object.keys(streams);
  const directory = joined(
    entry("Root Entry", 5, 0xffffffff, 1, 0xfffffffe, 0),
    ...names.map((name, index) => {
      const next = index + 1 < names.length ? index + 2 : 0xffffffff;
      return entry(name, 2, next, 0xffffffff, starts[index] ?? 0, padded[index]?.length ?? 0);
    }),
  );
  const rest = new Uint8Array(SECTOR - directory.length);
  return joined(header, bytesOf(...fat.map((each) => [each, 4] as const)), directory, rest, ...padded);
}

function entry(
  name: string,
  kind: number,
  right: number,
  child: number,
  start: number,
  size: number,
): Uint8Array {
  const letters = utf16(`${name}\0`);
  return joined(
    letters,
    new Uint8Array(64 - letters.length),
    bytesOf([letters.length, 2], [kind, 1], [1, 1], [0xffffffff, 4], [right, 4], [child, 4]),
    new Uint8Array(36),
    bytesOf([start, 4], [size, 4], [0, 4]),
  );
}

/** A record of xlsb. */
export function brt(kind: number, ...body: readonly Uint8Array[]): Uint8Array {
  const whole = joined(...body);
  return joined(groups(kind), groups(whole.length), whole);
}

function groups(number: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = number; ; left >>= 7) {
    bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    if (left <= 0x7f) return Uint8Array.from(bytes);
  }
}

/** A text of xlsb with its length before it. */
export function wide(text: string): Uint8Array {
  return joined(bytesOf([text.length, 4]), utf16(text));
}

/**
 * An xlsb of one sheet, `S`, under other names than Excel's; `styles` are numbers of formats, `conditions` the formats of
 * conditions.
 */
export function xlsb(
  sheet: readonly Uint8Array[],
  texts: readonly string[] = [],
  styles: readonly number[] = [0],
  conditions: readonly Uint8Array[] = [],
): Uint8Array<ArrayBuffer> {
  const style = (format: number) => bytesOf([0, 2], [format, 2], [0, 4], [0, 4], [0, 4]);
  return zipOf({
    "_rels/.rels": relations({ r1: ["officeDocument", "book/main.bin"] }),
    "book/main.bin": joined(
      brt(131),
      brt(143),
      brt(156, bytesOf([0, 4], [1, 4]), wide("a"), wide("S")),
      brt(144),
      brt(132),
    ),
    "book/_rels/main.bin.rels": relations({
      a: ["worksheet", "one.bin"],
      b: ["sharedStrings", "texts.bin"],
      c: ["styles", "styles.bin"],
    }),
    "book/one.bin": joined(brt(129), brt(145), ...sheet, brt(146), brt(130)),
    "book/texts.bin": joined(
      brt(159, bytesOf([texts.length, 4], [texts.length, 4])),
      ...texts.map((each) => brt(19, bytesOf([0, 1]), wide(each))),
      brt(160),
    ),
    "book/styles.bin": joined(
      brt(278),
      brt(617, bytesOf([styles.length, 4])),
      ...styles.map((each) => brt(47, style(each))),
      brt(618),
      ...conditions.map((each) => brt(507, each)),
      brt(279),
    ),
  });
}
