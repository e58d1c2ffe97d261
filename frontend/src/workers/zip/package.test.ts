import { deflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import { crc32 } from "./crc32.ts";
import { Package } from "./package.ts";
import { storedZip } from "./storedZip.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const BOOK = "<workbook/>".repeat(99);

/** A zip of one deflated part, as a program writes it that streams: sizes stand behind the part and in the directory. */
function streamed(name: string, content: string, change: Partial<Record<"crc" | "bytes", number>> = {}) {
  const packed = deflateRawSync(content);
  const head = (view: DataView, at: number) => {
    view.setUint16(at, 20, true);
    view.setUint16(at + 2, 8, true); // sizes follow
    view.setUint16(at + 4, 8, true); // deflated
  };
  const local = new Uint8Array(30 + name.length + packed.length + 16);
  const localView = new DataView(local.buffer);
  localView.setUint32(0, 0x04034b50, true);
  head(localView, 4);
  localView.setUint16(26, name.length, true);
  local.set(bytes(name), 30);
  local.set(packed, 30 + name.length);
  const central = new Uint8Array(46 + name.length);
  const view = new DataView(central.buffer);
  view.setUint32(0, 0x02014b50, true);
  head(view, 6);
  view.setUint32(16, change.crc ?? crc32(bytes(content)), true);
  view.setUint32(20, packed.length, true);
  view.setUint32(24, change.bytes ?? bytes(content).length, true);
  view.setUint16(28, name.length, true);
  central.set(bytes(name), 46);
  const end = new Uint8Array(22);
  const endView = new DataView(end.buffer);
  endView.setUint32(0, 0x06054b50, true);
  endView.setUint16(8, 1, true);
  endView.setUint16(10, 1, true);
  endView.setUint32(12, central.length, true);
  endView.setUint32(16, local.length, true);
  return joined(local, central, end);
}

function joined(...pieces: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

it("computes the checksum of RFC 1952, at once and in pieces", () => {
  expect(crc32(bytes("123456789"))).toBe(0xcbf43926);
  expect(crc32(bytes("6789"), crc32(bytes("12345")))).toBe(0xcbf43926);
});

it("reads back a stored zip that it made [XL-7]", async () => {
  const pack = new Package(storedZip(new Map([["xl/workbook.xml", bytes(BOOK)]])));
  expect(await pack.read("xl/workbook.xml")).toEqual(bytes(BOOK));
  expect(pack.names()).toEqual(["xl/workbook.xml"]);
});

it("reads a part whose sizes follow it, under a name of any case and with backslashes", async () => {
  const pack = new Package(streamed("xl\\Workbook.XML", BOOK));
  expect(await pack.read("/xl/workbook.xml")).toEqual(bytes(BOOK));
});

it.each([
  ["a wrong checksum", { crc: 1 }],
  ["more bytes than it declares", { bytes: 10 }],
  ["fewer bytes than it declares", { bytes: 5_000 }],
])("refuses a part with %s [XL-7]", async (_, change) => {
  const pack = new Package(streamed("xl/workbook.xml", BOOK, change));
  await expect(pack.read("xl/workbook.xml")).rejects.toMatchObject({ code: "damaged" });
});

it("refuses a part that declares too large a size before it unpacks a byte [XL-7]", () => {
  expect(() => new Package(streamed("xl/workbook.xml", BOOK, { bytes: 250_000_000 }))).toThrow(
    /unpacks to more/,
  );
});

it("refuses a part that occurs twice, whatever the case of its name", async () => {
  const pack = new Package(
    storedZip(
      new Map([
        ["xl/workbook.xml", bytes("<a/>")],
        ["xl/Workbook.xml", bytes("<b/>")],
      ]),
    ),
  );
  await expect(pack.read("xl/workbook.xml")).rejects.toThrow(/twice/);
});

it("refuses a zip that is truncated anywhere", () => {
  const whole = streamed("xl/workbook.xml", BOOK);
  for (let size = 0; size < whole.length; size += 7) {
    expect(() => new Package(whole.slice(0, size))).toThrow(/cannot be unpacked whole/);
  }
});

const MARK = Uint8Array.of(0x50, 0x4b, 5, 6);

function withComment(whole: Uint8Array, comment: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = comment;
  return joined(whole.slice(0, -2), Uint8Array.of(length & 255, length >> 8), comment);
}

it("does not mistake bytes in or after the comment of a zip for its last record", async () => {
  const whole = streamed("xl/workbook.xml", BOOK);
  const last = whole.slice(-22);
  for (const data of [
    withComment(whole, joined(bytes("a "), MARK, bytes(" b"))),
    withComment(whole, joined(MARK, bytes("y".repeat(40)))),
    withComment(whole, joined(...Array.from({ length: 16_000 }, () => MARK))),
    withComment(whole, joined(last, bytes("."))),
    joined(whole, MARK),
    joined(whole, bytes("\r\n")),
  ])
    expect(new TextDecoder().decode(await new Package(data).read("xl/workbook.xml"))).toBe(BOOK);
  expect(() => new Package(joined(whole, whole))).toThrow(`${whole.length} bytes come before its zip`);
  expect(() => new Package(withComment(whole, last))).toThrow("22 bytes come before its zip");
});
