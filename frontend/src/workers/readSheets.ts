/**
 * Bytes in, sheets of neutral cells out. The format is what the bytes are, not what the file's name says (XL-6).
 * Twin of `src/setpoint/workbook/read.py`.
 *
 * xlsx, xlsm   `xlsx.ts`, our own strict scanner
 * ods          `ods.ts`, on the same scanner
 * xls, xlsb    SheetJS, held to what the bytes say by `xls.ts` and `xlsb.ts`
 * csv          `delimited.ts`
 */
import type { Sheet } from "../ingest/cells.ts";
import { readDelimited } from "./delimited.ts";
import { kindOf, otherZip } from "./fileKind.ts";
import { checkSize, damaged, encrypted } from "./limits.ts";
import { readOds } from "./ods/ods.ts";
import { readXls } from "./xls/xls.ts";
import { readXlsb, startsAsXlsb } from "./xlsb/xlsb.ts";
import { readXlsx } from "./xlsx/xlsx.ts";
import { Package } from "./zip/package.ts";
import { relationOf, relationsOf } from "./zip/relations.ts";

/**
 * Every sheet of a workbook. A csv in an old code page also needs the plant's own `names` that are not all ASCII, or the
 * `encoding` that a person says it has. Rejects with `WorkbookError` for a file that is not a workbook,
 * cannot be trusted, or is too much.
 */
export async function readSheets(
  data: Uint8Array<ArrayBuffer>,
  names: ReadonlySet<string> = new Set(),
  encoding: string | null = null,
): Promise<Sheet[]> {
  checkSize(data.length);
  switch (kindOf(data)) {
    case "zip":
      return readPackage(new Package(data));
    case "compound":
      return readXls(data);
    case "text":
      return [readDelimited(data, names, encoding)];
  }
}

async function readPackage(pack: Package): Promise<Sheet[]> {
  if (pack.has("encrypted-package")) throw encrypted();
  if (pack.has("content.xml") && pack.has("mimetype")) {
    const mimetype = new TextDecoder().decode(await pack.read("mimetype"));
    if (!mimetype.includes("opendocument.spreadsheet")) throw otherZip(pack.names(), mimetype);
    return readOds(pack);
  }
  if (!pack.has("[Content_Types].xml") && !pack.has("_rels/.rels")) throw otherZip(pack.names());
  const main = relationOf(await relationsOf(pack, ""), "officeDocument")?.target;
  if (main === undefined) throw damaged("nothing in it names its workbook");
  if (!pack.has(main)) throw damaged("its workbook is missing");
  if (await startsAsXlsb(pack, main)) return readXlsb(pack, main);
  if (/^(?:word|ppt)\//.test(main)) throw otherZip(pack.names());
  return readXlsx(pack, main);
}
