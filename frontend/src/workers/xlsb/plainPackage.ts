/**
 * The parts of an xlsb under the names that every program expects, in a zip that has nothing to inflate.
 *
 * SheetJS looks parts up in its own way and would inflate whatever it is given. So it gets the binary parts that were
 * read here, and XML that was written here.
 */
import type { Package } from "../zip/package.ts";
import type { Relation } from "../zip/relations.ts";
import { storedZip } from "../zip/storedZip.ts";
import { records } from "./records.ts";

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
/** Of rows and cells, up to BrtShortIsst. */
const LAST_CELL = 18;
/** BrtCellRString; the beginnings and ends of the sheet and its data; and its size. */
const CELL_RECORDS = new Set([62, 129, 130, 145, 146, 148]);
const CONTENT = "application/vnd.ms-excel";
/** By the type of their relation: the type of their content. */
const TYPES: Readonly<Record<string, string>> = {
  worksheet: `${CONTENT}.worksheet`,
  sharedStrings: `${CONTENT}.sharedStrings`,
  styles: `${CONTENT}.styles`,
};

export async function plainPackage(
  pack: Package,
  main: string,
  relations: ReadonlyMap<string, Relation>,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const parts = new Map<string, Uint8Array>([["xl/workbook.bin", await pack.read(main)]]);
  const overrides = [override("xl/workbook.bin", `${CONTENT}.sheet.binary.macroEnabled.main`)];
  const named: string[] = [];
  for (const [id, { type, target }] of relations) {
    const name = `part${named.length + 1}.bin`;
    named.push(relation(id, type, name));
    const content = TYPES[type];
    if (content === undefined || !pack.has(target)) continue;
    const part = await pack.read(target);
    parts.set(`xl/${name}`, type === "worksheet" ? onlyCells(part) : part);
    overrides.push(override(`xl/${name}`, content));
  }
  const xml = (name: string, text: string) => parts.set(name, encoder.encode(HEAD + text));
  const bin = `<Default Extension="bin" ContentType="${CONTENT}.sheet.binary.macroEnabled.main"/>`;
  xml("[Content_Types].xml", `<Types xmlns="${PACKAGE}/content-types">${bin}${overrides.join("")}</Types>`);
  xml("_rels/.rels", relationships([relation("r1", "officeDocument", "xl/workbook.bin")]));
  xml("xl/_rels/workbook.bin.rels", relationships(named));
  return storedZip(parts);
}

/**
 * Only the records of cells. From a link, for example, SheetJS would make every cell of its area, even of the whole
 * sheet.
 */
function onlyCells(part: Uint8Array): Uint8Array {
  const kept = [...records(part)].filter(({ kind }) => kind <= LAST_CELL || CELL_RECORDS.has(kind));
  const out = new Uint8Array(kept.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  for (const { bytes } of kept) {
    out.set(bytes, at);
    at += bytes.length;
  }
  return out;
}

function override(name: string, type: string): string {
  return `<Override PartName="/${name}" ContentType="${type}"/>`;
}

function relation(id: string, type: string, target: string): string {
  return `<Relationship Id="${escaped(id)}" Type="${OFFICE}/${escaped(type)}" Target="${target}"/>`;
}

function relationships(list: readonly string[]): string {
  return `<Relationships xmlns="${PACKAGE}/relationships">${list.join("")}</Relationships>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
