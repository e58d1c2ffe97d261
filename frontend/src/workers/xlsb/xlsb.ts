/**
 * Reads xlsb (MS-XLSB): parts of binary records in a package like that of xlsx. Twin of `workbook/xlsb.py`.
 *
 * SheetJS reads the values as well, and both have to agree (`sheetJs.ts`): the records say what SheetJS drops, such as
 * dates kept as integers, error values and hidden rows.
 */
import type { Sheet } from "../../ingest/cells.ts";
import { damaged, oddRecords } from "../limits.ts";
import type { Shared } from "../shared.ts";
import { agreeingWithSheetJs } from "../sheetJs.ts";
import { stylesOf } from "../xlsx/styles.ts";
import type { Package } from "../zip/package.ts";
import { type Relation, relationOf, relationsOf } from "../zip/relations.ts";
import { storedZip } from "../zip/storedZip.ts";
import { records, text } from "./records.ts";
import { readXlsbSheet } from "./sheet.ts";

/** Whether a main part is one of xlsb: it starts with the record `BrtBeginBook`. */
export async function startsAsXlsb(pack: Package, part: string): Promise<boolean> {
  const [first, second] = await pack.read(part);
  return first === 0x83 && second === 0x01;
}

interface Entry {
  readonly name: string;
  readonly isHidden: boolean;
  readonly part: string | null;
}

/** Every worksheet with its cells. Rejects with `WorkbookError` for damage and for rows beyond the limit. */
export async function readXlsb(pack: Package, main: string): Promise<Sheet[]> {
  try {
    const relations = await relationsOf(pack, main);
    const { entries, active } = entriesOf(await pack.read(main), relations);
    const shared: Shared = {
      strings: stringsOf(await partOf(pack, relations, "sharedStrings")),
      styles: xlsbStyles(await partOf(pack, relations, "styles")),
    };
    const sheets: Sheet[] = [];
    for (const [index, entry] of entries.entries()) {
      if (entry.part === null) continue;
      const { name, isHidden, part } = entry;
      if (!pack.has(part)) throw damaged(`sheet “${name}” has no cells`);
      const rows = readXlsbSheet(await pack.read(part), name, shared);
      sheets.push(rows.sheet({ isHidden, isActive: index === active }));
    }
    return agreeingWithSheetJs(storedZip(await allParts(pack)), sheets);
  } catch (error) {
    throw error instanceof RangeError ? oddRecords() : error;
  }
}

async function partOf(
  pack: Package,
  relations: ReadonlyMap<string, Relation>,
  type: string,
): Promise<Uint8Array> {
  return pack.read(relationOf(relations, type)?.target ?? "");
}

function entriesOf(
  book: Uint8Array,
  relations: ReadonlyMap<string, Relation>,
): { entries: Entry[]; active: number } {
  const entries: Entry[] = [];
  let active: number | undefined;
  for (const { kind, view } of records(book)) {
    if (kind === 156) {
      // BrtBundleSh
      const [id, end] = text(view, 8);
      const relation = relations.get(id);
      entries.push({
        name: text(view, end)[0],
        isHidden: [1, 2].includes(view.getUint32(0, true)),
        part: relation?.type === "worksheet" ? relation.target : null,
      });
    } else if (kind === 158) active ??= view.getUint32(24, true); // BrtBookView
  }
  return { entries, active: active ?? 0 };
}

function stringsOf(part: Uint8Array): string[] {
  const strings: string[] = [];
  for (const { kind, view } of records(part)) {
    if (kind === 19) strings.push(text(view, 1)[0]); // BrtSSTItem
  }
  return strings;
}

function xlsbStyles(part: Uint8Array): Shared["styles"] {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let isCellStyle = false;
  for (const { kind, view } of records(part)) {
    if (kind === 44)
      codes.set(view.getUint16(0, true), text(view, 2)[0]); // BrtFmt
    else if (kind === 617 || kind === 618)
      isCellStyle = kind === 617; // BrtBeginCellXFs, BrtEndCellXFs
    else if (kind === 47 && isCellStyle) formats.push(view.getUint16(2, true)); // BrtXF
  }
  return stylesOf(formats, codes);
}

/** What SheetJS needs of the package; it looks parts up by the names that they have in the zip. */
async function allParts(pack: Package): Promise<Map<string, Uint8Array>> {
  const parts = new Map<string, Uint8Array>();
  for (const name of pack.names()) {
    if (/\.(?:rels|xml|bin)$/i.test(name) && !/vba|\/printerSettings\//i.test(name)) {
      parts.set(name, await pack.read(name));
    }
  }
  return parts;
}
