/**
 * Reads xls of Excel 97 and later (MS-XLS): records in a stream of a compound file. Twin of `workbook/xls.py`.
 *
 * SheetJS reads the values as well, and both have to agree (`sheetJs.ts`): the records say what SheetJS drops, such as
 * percentages, error values and hidden columns.
 */
import type { Sheet } from "../../ingest/cells.ts";
import { GrammarError } from "../grammarError.ts";
import { damaged, encrypted, noWorkbook } from "../limits.ts";
import { type Shared, unreadable } from "../shared.ts";
import { agreeingWithSheetJs } from "../sheetJs.ts";
import { stylesOf } from "../xlsx/styles.ts";
import { BOF, substream } from "./biff.ts";
import { BiffText } from "./biffText.ts";
import { CompoundFile } from "./compound.ts";
import { readXlsSheet } from "./sheet.ts";

const BIFF8 = 0x600;
const WORKSHEET = 0;

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

/** Every worksheet with its cells. Throws `WorkbookError` for damage, passwords and older files. */
export function readXls(data: Uint8Array<ArrayBuffer>): Sheet[] {
  const file = new CompoundFile(data);
  if (file.has("EncryptedPackage")) throw encrypted();
  if (file.has("WordDocument")) throw noWorkbook("it is a Word document");
  const stream = file.read("Workbook") ?? file.read("Book");
  if (!stream) throw noWorkbook("it is a compound file with no workbook in it");
  try {
    const { shared, sheets, active } = globalsOf(stream);
    const found: Sheet[] = [];
    for (const [index, { name, isHidden, start, isWorksheet }] of sheets.entries()) {
      if (isWorksheet)
        found.push(read(stream, start, name, { isHidden, isActive: index === active }, shared));
    }
    return agreeingWithSheetJs(data, found);
  } catch (error) {
    if (error instanceof GrammarError || error instanceof RangeError) {
      throw damaged("its records are not what they should be");
    }
    throw error;
  }
}

function read(
  stream: Uint8Array,
  start: number,
  name: string,
  state: { isHidden: boolean; isActive: boolean },
  shared: Shared,
): Sheet {
  try {
    return readXlsSheet(stream, start, name, shared).sheet(state);
  } catch (error) {
    throw unreadable(name, error);
  }
}

/** What stands before the sheets. */
function globalsOf(stream: Uint8Array): Globals {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  const strings: string[] = [];
  const sheets: Globals["sheets"][number][] = [];
  let active: number | undefined;
  for (const { kind, view, pieces } of substream(stream, 0)) {
    switch (kind) {
      case BOF:
        if (view.getUint16(0, true) !== BIFF8) throw noWorkbook("it is a workbook of Excel 95 or older");
        break;
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
      case 0xe0: // XF
        formats.push(view.getUint16(2, true));
        break;
      case 0x41e: // Format
        codes.set(view.getUint16(0, true), new BiffText(pieces, 2).text());
        break;
      case 0xfc: {
        // SST
        const text = new BiffText(pieces, 8);
        for (let left = view.getUint32(4, true); left > 0; left--) strings.push(text.text());
      }
    }
  }
  return { shared: { strings, styles: stylesOf(formats, codes) }, sheets, active: active ?? 0 };
}
