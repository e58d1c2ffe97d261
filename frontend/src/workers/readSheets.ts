/**
 * Bytes in, sheets of neutral cells out. The format is what the bytes are, not what the file's name says (XL-6).
 * Twin of `src/setpoint/workbook/read.py`.
 *
 * SheetJS reads everything but csv. What it swallows is looked for before and after: a damaged sheet (it makes an
 * empty one), a formula without its value (it leaves it out), hidden rows and, in ods, hidden sheets.
 */
import { read, type WorkBook, type WorkSheet } from "@e965/xlsx";
import type { Cell, Sheet } from "../ingest/cells.ts";
import { MAX_COLUMNS } from "../ingest/header.ts";
import { readDelimited } from "./delimited.ts";
import { kindOfFormat } from "./formats.ts";
import { checkSize, damaged, encrypted, MAX_ROWS, noWorkbook, tooManyRows } from "./limits.ts";
import { holds, openPackage, type Parts, stored } from "./package.ts";

/** A cell as SheetJS has it in a dense sheet, as far as it is looked at. */
interface RawCell {
  readonly t: string;
  readonly v?: unknown;
  readonly w?: string;
  readonly z?: string | number;
  readonly f?: string;
}

/** What SheetJS does not tell of a sheet. */
interface Beside {
  readonly hiddenRows: readonly number[];
  readonly isHidden: boolean | null;
  /** Whether the file holds values for this sheet, so that an empty one is damage. */
  readonly hasValues: boolean;
}

const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const NEVER: readonly (readonly [string, string])[] = [
  ["%PDF", "it is a PDF"],
  ["\x89PNG", "it is a picture"],
  ["\xff\xd8\xff", "it is a picture"],
  ["GIF8", "it is a picture"],
  ["{\\rtf", "it is a letter in RTF"],
];
/** The numbers that stand for error values in the binary formats, and in SheetJS (MS-XLS 2.5.10). */
const ERRORS: { readonly [code: number]: string } = {
  0: "#NULL!",
  7: "#DIV/0!",
  15: "#VALUE!",
  23: "#REF!",
  29: "#NAME?",
  36: "#NUM!",
  42: "#N/A",
  43: "#GETTING_DATA",
};
const NO_VALUE = /(?:<\/f>|<f\b[^>]*\/>)\s*(?:<v\s*\/>|<v>\s*<\/v>)?\s*<\/c>/;
const NOTHING_BESIDE: Beside = { hiddenRows: [], isHidden: null, hasValues: false };

/** Every sheet of a workbook. Rejects with `WorkbookError` for what is none, cannot be trusted, or is too much. */
export async function readSheets(data: Uint8Array<ArrayBuffer>): Promise<Sheet[]> {
  checkSize(data.length);
  if (starts(data, "PK\x03\x04") || starts(data, "PK\x05\x06")) return readPackage(await openPackage(data));
  if (COMPOUND.every((byte, index) => data[index] === byte)) {
    if (holds(data, Array.from("EncryptedPackage").join("\0"))) throw encrypted();
    const book = parse(data, { cellStyles: true });
    return book.SheetNames.map((name) => sheetOf(book, name, NOTHING_BESIDE));
  }
  for (const [mark, what] of NEVER) {
    if (starts(data, mark)) throw noWorkbook(what);
  }
  return [readDelimited(data)];
}

function readPackage(parts: Parts): Sheet[] {
  const mimetype = parts.get("mimetype");
  if (parts.has("xl/workbook.xml")) return readXlsx(parts);
  if (parts.has("xl/workbook.bin")) {
    const book = parse(stored(parts), { cellStyles: true });
    return book.SheetNames.map((name) => sheetOf(book, name, NOTHING_BESIDE));
  }
  if (parts.has("content.xml") && mimetype && holds(mimetype, "opendocument.spreadsheet"))
    return readOds(parts);
  throw noWorkbook("it is a zip with no workbook in it");
}

function readXlsx(parts: Parts): Sheet[] {
  let hasFormulasWithoutValue = false;
  const beside = new Map<string, Beside>();
  const paths = worksheetPaths(parts);
  for (const [name, path] of paths) {
    const part = parts.get(path);
    if (!part) throw damaged("its XML is not what it should be");
    if (!/<\/(?:\w+:)?worksheet>\s*$/.test(latin(part.subarray(-200)))) throw unreadable(name);
    const hasHidden = holds(part, " hidden=");
    const hasFormulas = holds(part, "<f");
    const text = hasHidden || hasFormulas ? latin(part) : "";
    hasFormulasWithoutValue ||= hasFormulas && NO_VALUE.test(text);
    const hiddenRows = hasHidden ? hiddenXlsxRows(text) : [];
    beside.set(name, { hiddenRows, isHidden: null, hasValues: holds(part, "<v>") });
  }
  const book = parse(
    stored(changed(parts, /^xl\/(?:worksheets\/|sharedStrings|workbook)/, withWideLetters)),
    {
      sheetStubs: hasFormulasWithoutValue,
    },
  );
  return book.SheetNames.filter((name) => paths.has(name)).map((name) =>
    sheetOf(book, name, beside.get(name) ?? NOTHING_BESIDE),
  );
}

function readOds(parts: Parts): Sheet[] {
  const manifest = parts.get("META-INF/manifest.xml");
  if (manifest && holds(manifest, "encryption-data")) throw encrypted();
  const content = new TextDecoder().decode(parts.get("content.xml"));
  if (!/<\/office:document-content>\s*$/.test(content)) throw damaged("its XML is not what it should be");
  const hidden = new Set<string>();
  for (const [, style = "", body = ""] of content.matchAll(
    /<style:style\b[^>]*\bstyle:name="([^"]*)"[^>]*>(.*?)<\/style:style>/gs,
  )) {
    if (/table:display="false"/.test(body)) hidden.add(style);
  }
  const book = parse(stored(changed(parts, /^(?:content|styles)\.xml$/, withPlainPercentages)), {});
  const tables = [...content.matchAll(/<table:table\b([^>]*)>(.*?)<\/table:table>/gs)];
  return book.SheetNames.map((name, index) => {
    const [, attributes = "", body = ""] = tables[index] ?? [];
    const style = /\btable:style-name="([^"]*)"/.exec(attributes)?.[1] ?? "";
    return sheetOf(book, name, {
      hiddenRows: hiddenOdsRows(body),
      isHidden: hidden.has(style),
      hasValues: body.includes("office:value-type="),
    });
  });
}

/** The same parts, some of them changed as texts. */
function changed(
  parts: Parts,
  names: RegExp,
  change: (part: Uint8Array<ArrayBuffer>) => string | null,
): Parts {
  const encoder = new TextEncoder();
  return new Map(
    [...parts].map(([name, part]) => {
      const text = names.test(name) ? change(part) : null;
      return [name, text === null ? part : encoder.encode(text)];
    }),
  );
}

/** SheetJS cuts letters beyond 16 bits, such as emoji, where they are written as `&#127981;`: they are put in plainly. */
function withWideLetters(part: Uint8Array<ArrayBuffer>): string | null {
  if (!holds(part, "&#")) return null;
  return new TextDecoder()
    .decode(part)
    .replace(/&#(?:x([0-9a-f]{5,6})|([0-9]{5,7}));/gi, (whole, hex, decimal) => {
      const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
      return code > 0xffff && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

/** In ods a percentage is a kind of style; SheetJS only sees that by a bare `%` in its pattern. */
function withPlainPercentages(part: Uint8Array<ArrayBuffer>): string | null {
  if (!holds(part, "number:percentage-style")) return null;
  return new TextDecoder()
    .decode(part)
    .replace(/<number:percentage-style\b.*?<\/number:percentage-style>/gs, (style) =>
      style.replace(/<number:text>[^<]*<\/number:text>/g, "<number:text>%</number:text>"),
    );
}

function parse(
  data: Uint8Array<ArrayBuffer>,
  more: { cellStyles?: boolean; sheetStubs?: boolean },
): WorkBook {
  try {
    const options = { type: "array", dense: true, cellNF: true, cellText: false, cellHTML: false } as const;
    return read(data, { ...options, ...more });
  } catch (error) {
    const { message = "" } = error as Error;
    if (/password|encrypt/i.test(message)) throw encrypted();
    throw damaged("its records are not what they should be");
  }
}

function sheetOf(book: WorkBook, name: string, { hiddenRows, isHidden, hasValues }: Beside): Sheet {
  const raw = book.Sheets[name];
  if (!raw) throw unreadable(name);
  const data = denseRows(raw);
  const rows: Cell[][] = [];
  let isWide = false;
  for (let number = 0; number < data.length; number++) {
    const cells = data[number];
    if (!cells) {
      if (number < MAX_ROWS) rows.push([]);
      continue;
    }
    const row: Cell[] = [];
    const width = Math.min(cells.length, MAX_COLUMNS);
    for (let column = 0; column < width; column++) {
      const cell = cells[column];
      row.push(cell ? neutral(cell) : null);
    }
    isWide ||=
      cells.length > MAX_COLUMNS && cells.slice(MAX_COLUMNS).some((cell) => cell && neutral(cell) !== null);
    while (row.length && isBlank(row.at(-1) ?? null)) row.pop();
    if (number < MAX_ROWS) rows.push(row);
    else if (row.length) throw tooManyRows(name);
  }
  while (rows.length && !rows.at(-1)?.length) rows.pop();
  if (!rows.length && hasValues) throw unreadable(name);
  const hiddenByRecord = (raw["!rows"] ?? []).flatMap((row, index) => (row?.hidden ? [index + 1] : []));
  const index = book.SheetNames.indexOf(name);
  return {
    name,
    rows,
    isHidden: isHidden ?? Boolean(book.Workbook?.Sheets?.[index]?.Hidden),
    hiddenRows: hiddenRows.length ? hiddenRows : hiddenByRecord,
    isWide,
  };
}

function unreadable(sheet: string): Error {
  return damaged(`sheet “${sheet}” has cells that cannot be read`);
}

function denseRows(sheet: WorkSheet): readonly (readonly (RawCell | undefined)[] | undefined)[] {
  return (sheet["!data"] ?? []) as readonly (readonly (RawCell | undefined)[] | undefined)[];
}

function neutral({ t, v, w, z, f }: RawCell): Cell {
  switch (t) {
    case "s":
      return typeof v === "string" && v !== "" ? v : null;
    case "b":
      return Boolean(v);
    case "d":
      return { t: "date" };
    case "e":
      return { t: "error", v: ERRORS[Number(v)] ?? w ?? "#VALUE!" };
    case "n": {
      const number = Number(v);
      const kind = typeof z === "string" && z !== "General" ? kindOfFormat(z) : null;
      if (kind === null) return number;
      return kind === "date" ? { t: "date" } : { t: "percent", v: number };
    }
    default:
      return f === undefined ? null : { t: "formula" };
  }
}

function isBlank(cell: Cell): boolean {
  return cell === null || cell === "";
}

/** The worksheets of an xlsx by name, in the order of their tabs; charts and dialogs are none. */
function worksheetPaths(parts: Parts): Map<string, string> {
  const text = (path: string) => new TextDecoder().decode(parts.get(path) ?? new Uint8Array());
  const targets = new Map<string, string>();
  for (const [element] of text("xl/_rels/workbook.xml.rels").matchAll(/<(?:\w+:)?Relationship\b[^>]*>/g)) {
    if (attribute(element, "Type").endsWith("/worksheet")) {
      targets.set(attribute(element, "Id"), resolved(attribute(element, "Target")));
    }
  }
  const found = new Map<string, string>();
  for (const [element] of text("xl/workbook.xml").matchAll(/<(?:\w+:)?sheet\b[^>]*>/g)) {
    const path = targets.get(attribute(element, "\\w+:id"));
    if (path !== undefined) found.set(unescaped(attribute(element, "name")), path);
  }
  return found;
}

function attribute(element: string, name: string): string {
  return new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(element)?.slice(1).find(Boolean) ?? "";
}

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]+)|#([0-9]+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }[String(name)] ?? whole;
  });
}

function resolved(target: string): string {
  const path: string[] = [];
  for (const step of (target.startsWith("/") ? target : `xl/${target}`).split("/")) {
    if (step === "..") path.pop();
    else if (step && step !== ".") path.push(step);
  }
  return path.join("/");
}

function hiddenXlsxRows(xml: string): number[] {
  const hidden: number[] = [];
  let number = 0;
  for (const [element] of xml.matchAll(/<(?:\w+:)?row\b[^>]*>/g)) {
    number = Number(attribute(element, "r") || number + 1);
    if (/^(?:1|true)$/.test(attribute(element, "hidden"))) hidden.push(number);
  }
  return hidden;
}

function hiddenOdsRows(xml: string): number[] {
  const hidden: number[] = [];
  let number = 1;
  for (const [element] of xml.matchAll(/<table:table-row\b[^>]*>/g)) {
    const repeated = Number(attribute(element, "table:number-rows-repeated") || 1);
    if (/^(?:collapse|filter)$/.test(attribute(element, "table:visibility")) && number <= MAX_ROWS) {
      for (let row = number; row < number + repeated && row <= MAX_ROWS; row++) hidden.push(row);
    }
    number += repeated;
  }
  return hidden;
}

function latin(bytes: Uint8Array<ArrayBuffer>): string {
  return new TextDecoder("latin1").decode(bytes);
}

function starts(data: Uint8Array, mark: string): boolean {
  return Array.from(mark).every((letter, index) => data[index] === letter.charCodeAt(0));
}
