/**
 * The conditional formats of xls and xlsb that strike out a value, or show it as something else. An xls keeps the format
 * with its rule (MS-XLS 2.4.42, 2.5.99); an xlsb has a list of them (MS-XLSB 2.4.355).
 * Twin of `src/setpoint/workbook/conditional_records.py`.
 */
import type { Area } from "../ingest/cells.ts";
import { NumberFormat } from "../ingest/formats.ts";
import type { SheetRows } from "./sheetRows.ts";
import { BiffText } from "./xls/biffText.ts";

const HAS_NUMBER = 1 << 25;
const HAS_FONT = 1 << 26;
const STRIKEOUT = 0x80;
/** The offsets of a font's flags, and of the flags that tell which of them have no meaning. */
const STYLE = 68;
const UNCHANGED = 88;
const COND_FMT = 0x1b0;
const CF = 0x1b1;
const COND_FMT_12 = 0x879;
const CF_12 = 0x87a;

/** Takes the records of an xls sheet; `codes` are the formats of the file. */
export class XlsRules {
  readonly #rows: SheetRows;
  readonly #codes: ReadonlyMap<number, string>;
  #areas: Area[] = [];

  constructor(rows: SheetRows, codes: ReadonlyMap<number, string>) {
    this.#rows = rows;
    this.#codes = codes;
  }

  /** Gives the areas of a rule to the rows if it changes what is seen. */
  take(kind: number, view: DataView): void {
    if (kind === COND_FMT || kind === COND_FMT_12) this.#areas = areasIn(view, kind === COND_FMT ? 12 : 24);
    else if (kind === CF || (kind === CF_12 && view.getUint32(18, true))) {
      if (!this.#changes(view, kind === CF ? 6 : 22)) return;
      for (const area of this.#areas) this.#rows.condition(area);
    }
  }

  #changes(view: DataView, start: number): boolean {
    const flags = view.getUint32(start, true);
    let at = start + 6;
    if (flags & HAS_NUMBER) {
      const isOwn = view.getUint16(start + 4, true) & 1;
      const number = isOwn ? 0 : view.getUint8(at + 1);
      const code = isOwn ? new BiffText([view], at + 2).text() : this.#codes.get(number);
      if (!new NumberFormat(number, code ?? null).isPlain) return true;
      at += isOwn ? view.getUint16(at, true) : 2;
    }
    if (!(flags & HAS_FONT)) return false;
    return (view.getUint32(at + STYLE, true) & ~view.getUint32(at + UNCHANGED, true) & STRIKEOUT) !== 0;
  }
}

function areasIn(view: DataView, start: number): Area[] {
  return Array.from({ length: view.getUint16(start, true) }, (_, index) => {
    const at = start + 2 + 8 * index;
    return {
      firstRow: view.getUint16(at, true) + 1,
      lastRow: view.getUint16(at + 2, true) + 1,
      firstColumn: view.getUint16(at + 4, true),
      lastColumn: view.getUint16(at + 6, true),
    };
  });
}

/** Whether a `BrtDXF` strikes out a value, or may show another. */
export function xlsbChanges(view: DataView, codes: ReadonlyMap<number, string>): boolean {
  let at = 6;
  let number = 0;
  let code: string | undefined;
  for (let left = view.getUint16(4, true); left > 0; left--) {
    const kind = view.getUint16(at, true);
    if (kind === 29 && view.getUint8(at + 4)) return true; // strikethrough
    if (kind === 38) code = codeAt(view, at + 4);
    else if (kind === 41) number = view.getUint16(at + 4, true);
    at += Math.max(view.getUint16(at + 2, true), 4);
  }
  return !new NumberFormat(number, code ?? codes.get(number) ?? null).isPlain;
}

function codeAt(view: DataView, at: number): string {
  const bytes = 2 * view.getUint16(at, true);
  const start = view.byteOffset + at + 2;
  return new TextDecoder("utf-16le").decode(
    new Uint8Array(view.buffer, start, Math.min(bytes, view.byteOffset + view.byteLength - start)),
  );
}
