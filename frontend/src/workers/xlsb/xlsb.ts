/**
 * Reads xlsb (MS-XLSB): parts of binary records in a package like that of xlsx. Twin of `workbook/xlsb.py`.
 *
 * SheetJS reads the values as well, and both have to agree (`sheetJs.ts`): the records say what SheetJS drops, such as
 * dates kept as integers, error values and hidden rows.
 */
import type { Sheet } from "../../ingest/cells.ts";
import { xlsbChanges } from "../conditionalRecords.ts";
import { checkNames, damaged, oddRecords } from "../limits.ts";
import { RunTexts } from "../looks.ts";
import type { Shared } from "../shared.ts";
import type { SheetRows } from "../sheetRows.ts";
import { FILL, type Style, stylesOf } from "../xlsx/styles.ts";
import type { Package } from "../zip/package.ts";
import { type Relation, relationOf, relationsOf } from "../zip/relations.ts";
import { plainPackage } from "./plainPackage.ts";
import { records, richText, text } from "./records.ts";
import { readXlsbSheet, SHORT_BLANK } from "./sheet.ts";

/** BrtBeginFonts, BrtEndFonts, BrtFont, BrtBeginList. */
const BEGIN_FONTS = 611;
const END_FONTS = 612;
const FONT = 43;
const LIST = 343;
/** Types of records: BrtBundleSh, BrtBookView, BrtSSTItem, BrtFmt, BrtXF, BrtCalcProp, BrtDXF, BrtBeginCellXFs, BrtEndCellXFs. */
const SHEET = 156;
const BOOK_VIEW = 158;
const STRING = 19;
const FORMAT = 44;
const STYLE = 47;
const CALCULATION = 157;
const CONDITION = 507;
const BEGIN_STYLES = 617;
const END_STYLES = 618;

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
    const { entries, active, isCalculated } = entriesOf(await pack.read(main), relations);
    checkNames(entries.map(({ name }) => name));
    const styles = await partOf(pack, relations, "styles");
    const runs = runsOf(styles);
    const shared: Shared = {
      strings: stringsOf(await partOf(pack, relations, "sharedStrings"), runs),
      styles: xlsbStyles(styles, runs),
      isCalculated,
      runs,
      changing: changingOf(styles),
    };
    const sheets: Sheet[] = [];
    const shortKinds = new Set<number>();
    for (const [index, entry] of entries.entries()) {
      if (entry.part === null) continue;
      const { name, isHidden, part } = entry;
      if (!pack.has(part)) throw damaged(`sheet “${name}” has no cells`, name);
      const rows = readXlsbSheet(await pack.read(part), name, shared, shortKinds);
      await takeTotals(pack, part, rows);
      sheets.push(rows.sheet({ isHidden, isActive: index === active }));
    }
    const { agreeingWithSheetJs } = await import("../sheetJs.ts"); // large, and only for old files
    const plain = await plainPackage(pack, main, relations);
    return agreeingWithSheetJs(plain, sheets, runs.unmarked, shortKinds.has(SHORT_BLANK));
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
): { entries: Entry[]; active: number; isCalculated: boolean } {
  const entries: Entry[] = [];
  let active: number | undefined;
  let isCalculated = true;
  for (const { kind, view } of records(book)) {
    if (kind === SHEET) {
      const [id, end] = text(view, 8, true);
      const relation = relations.get(id);
      entries.push({
        name: text(view, end)[0],
        isHidden: [1, 2].includes(view.getUint32(0, true)),
        part: relation?.type === "worksheet" ? relation.target : null,
      });
    } else if (kind === BOOK_VIEW) active ??= view.getUint32(24, true);
    else if (kind === CALCULATION && view.getUint16(24, true) & 1) isCalculated = false;
  }
  return { entries, active: active ?? 0, isCalculated };
}

function stringsOf(part: Uint8Array, runs: RunTexts): string[] {
  const strings: string[] = [];
  for (const { kind, view } of records(part)) {
    if (kind === STRING) strings.push(richText(view, 0, runs));
  }
  return strings;
}

/** The rows that are totals of the sheet's tables: BrtBeginList says how many. */
async function takeTotals(pack: Package, part: string, rows: SheetRows): Promise<void> {
  for (const { type, target } of (await relationsOf(pack, part)).values()) {
    if (type !== "table" || !pack.has(target)) continue;
    for (const { kind, view } of records(await pack.read(target))) {
      if (kind !== LIST) continue;
      rows.addTotals(view.getUint32(0, true) + 1, view.getUint32(4, true) + 1, view.getUint32(28, true));
    }
  }
}

/** The fonts of the styles, in their order. */
function runsOf(part: Uint8Array): RunTexts {
  const runs = new RunTexts();
  let isFont = false;
  for (const { kind, view } of records(part)) {
    if (kind === BEGIN_FONTS || kind === END_FONTS) isFont = kind === BEGIN_FONTS;
    else if (kind === FONT && isFont) {
      const isStruck = (view.getUint16(2, true) & 8) !== 0;
      runs.looks.push({ isHigh: view.getUint16(6, true) === 1, isStruck });
    }
  }
  return runs;
}

/** The places of the formats of conditions that strike out a value, or may show another. */
function changingOf(part: Uint8Array): ReadonlySet<number> {
  const codes = new Map<number, string>();
  const formats: DataView[] = [];
  for (const { kind, view } of records(part)) {
    if (kind === FORMAT) codes.set(view.getUint16(0, true), text(view, 2)[0]);
    else if (kind === CONDITION) formats.push(view);
  }
  return new Set(formats.flatMap((view, place) => (xlsbChanges(view, codes) ? [place] : [])));
}

function xlsbStyles(part: Uint8Array, runs: RunTexts): Shared["styles"] {
  const codes = new Map<number, string>();
  const styles: Style[] = [];
  let isCellStyle = false;
  for (const { kind, view } of records(part)) {
    if (kind === FORMAT) codes.set(view.getUint16(0, true), text(view, 2)[0]);
    else if (kind === BEGIN_STYLES || kind === END_STYLES) isCellStyle = kind === BEGIN_STYLES;
    else if (kind === STYLE && isCellStyle) {
      const isRepeated = (view.getUint8(12) & 7) === FILL;
      styles.push([view.getUint16(2, true), view.getUint16(4, true), isRepeated]);
    }
  }
  return stylesOf(styles, codes, (font) => runs.isStruck(font));
}
