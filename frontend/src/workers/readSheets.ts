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
import { isCompound, isZip, refuseKnown } from "./fileKind.ts";
import { checkSize, noWorkbook } from "./limits.ts";
import { readOds } from "./ods/ods.ts";
import { readXls } from "./xls/xls.ts";
import { readXlsb, startsAsXlsb } from "./xlsb/xlsb.ts";
import { readXlsx } from "./xlsx/xlsx.ts";
import { Package } from "./zip/package.ts";
import { relationOf, relationsOf } from "./zip/relations.ts";

/** Every sheet of a workbook. Rejects with `WorkbookError` for what is none, cannot be trusted, or is too much. */
export async function readSheets(data: Uint8Array<ArrayBuffer>): Promise<Sheet[]> {
  checkSize(data.length);
  if (isZip(data)) return readPackage(new Package(data));
  if (isCompound(data)) return readXls(data);
  refuseKnown(data);
  return [readDelimited(data)];
}

async function readPackage(pack: Package): Promise<Sheet[]> {
  if (pack.has("mimetype") && pack.has("content.xml")) return readOds(pack);
  const main = relationOf(await relationsOf(pack, ""), "officeDocument");
  if (!main) throw noWorkbook("it is a zip with no workbook in it");
  return (await startsAsXlsb(pack, main.target)) ? readXlsb(pack, main.target) : readXlsx(pack, main.target);
}
