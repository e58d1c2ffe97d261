/**
 * Reads xls of Excel 97 and later (MS-XLS): records in a stream of a compound file. Twin of `workbook/xls.py`.
 *
 * SheetJS reads the values as well, and both have to agree (`sheetJs.ts`): the records say what SheetJS drops, such as
 * percentages, error values and hidden columns.
 */
import type { Sheet } from "../../ingest/cells.ts";
import { checkNames, encrypted, noWorkbook, oddRecords } from "../limits.ts";
import { RunTexts } from "../looks.ts";
import type { Shared } from "../shared.ts";
import { FILL, type Style, stylesOf } from "../xlsx/styles.ts";
import { substream } from "./biff.ts";
import { BiffText } from "./biffText.ts";
import { CompoundFile } from "./compound.ts";
import { readXlsSheet } from "./sheet.ts";

const WORKSHEET = 0;
/** HLink, HLinkTooltip. */
const LINKS = new Set([0x1b8, 0x800]);
/** A type that no record has. */
const NO_RECORD = 0xffff;

interface Globals {
  readonly shared: Shared;
  readonly sheets: readonly {
    readonly name: string;
    readonly isHidden: boolean;
    readonly start: number;
    readonly isWorksheet: boolean;
  }[];
  readonly active: number;
}

/** Every worksheet with its cells. Rejects with `WorkbookError` for damage, passwords and older files. */
export async function readXls(data: Uint8Array<ArrayBuffer>): Promise<Sheet[]> {
  const file = new CompoundFile(data);
  if (file.has("EncryptedPackage") || file.has("EncryptionInfo")) throw encrypted();
  if (file.has("WordDocument")) throw noWorkbook("word");
  if (file.has("PowerPoint Document")) throw noWorkbook("slides");
  const stream = file.read("Workbook") ?? file.read("Book");
  if (!stream) throw noWorkbook("compound");
  try {
    const { shared, sheets, active } = globalsOf(stream);
    checkNames(sheets.map(({ name }) => name));
    const found: Sheet[] = [];
    for (const [index, { name, isHidden, start, isWorksheet }] of sheets.entries()) {
      if (!isWorksheet) continue;
      const rows = readXlsSheet(stream, start, name, shared);
      found.push(rows.sheet({ isHidden, isActive: index === active }));
    }
    const { agreeingWithSheetJs } = await import("../sheetJs.ts"); // large, and only for old files
    return agreeingWithSheetJs(withoutLinks(stream), found, shared.runs?.unmarked);
  } catch (error) {
    throw error instanceof RangeError ? oddRecords() : error;
  }
}

/**
 * The same stream without links, for SheetJS, which would make every cell of a link, even of one over the whole sheet.
 */
function withoutLinks(stream: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const out = stream.slice();
  const view = new DataView(out.buffer);
  for (let at = 0; at + 4 <= out.length; at += 4 + view.getUint16(at + 2, true)) {
    if (LINKS.has(view.getUint16(at, true))) view.setUint16(at, NO_RECORD, true);
  }
  return out;
}

/** The records before the sheets. */
function globalsOf(stream: Uint8Array): Globals {
  const codes = new Map<number, string>();
  const styles: Style[] = [];
  const runs = new RunTexts();
  let texts: readonly DataView[] = [];
  const sheets: Globals["sheets"][number][] = [];
  let isCalculated = false;
  let active: number | undefined;
  for (const { kind, view, pieces } of substream(stream, 0)) {
    switch (kind) {
      case 0x2f: // FilePass
        throw encrypted();
      case 0x3d: // Window1
        active ??= view.getUint16(10, true);
        break;
      case 0x85: // BoundSheet8
        sheets.push({
          name: new BiffText(pieces, 6).shortText(),
          isHidden: (view.getUint8(4) & 3) !== 0,
          start: view.getUint32(0, true),
          isWorksheet: view.getUint8(5) === WORKSHEET,
        });
        break;
      case 0x1c1: // RecalcId: programs that calculate say so; for libraries, 0 and "" only hold the place
        isCalculated = true;
        break;
      case 0xe0: // XF
        styles.push([view.getUint16(2, true), view.getUint16(0, true), (view.getUint8(6) & 7) === FILL]);
        break;
      case 0x31: // Font; none has the number 4 (MS-XLS 2.5.129)
        if (runs.looks.length === 4) runs.looks.push({ isHigh: false, isStruck: false });
        runs.looks.push({
          isHigh: view.getUint16(8, true) === 1,
          isStruck: (view.getUint16(2, true) & 8) !== 0,
        });
        break;
      case 0x41e: // Format
        codes.set(view.getUint16(0, true), new BiffText(pieces, 2).text());
        break;
      case 0xfc: // SST
        texts = pieces;
    }
  }
  const isStruck = (font: number) => runs.isStruck(font);
  const shared: Shared = {
    strings: stringsOf(texts, runs),
    styles: stylesOf(styles, codes, isStruck),
    isCalculated,
    runs,
    codes,
  };
  return { shared, sheets, active: active ?? 0 };
}

/** The shared texts. Their count may be too high, and a cell that names a missing one is refused. */
function stringsOf(pieces: readonly DataView[], runs: RunTexts): string[] {
  const strings: string[] = [];
  const text = new BiffText(pieces, 8);
  let left = pieces[0]?.getUint32(4, true) ?? 0;
  for (; left > 0 && !text.isAtEnd; left--) strings.push(text.text(runs));
  return strings;
}
