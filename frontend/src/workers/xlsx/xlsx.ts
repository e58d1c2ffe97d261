/**
 * Reads xlsx and xlsm: our own strict scanner over the inflated bytes (ECMA-376 part 1, 18).
 * Twin of `src/setpoint/workbook/xlsx.py`; the grammar is in `docs/reference/workbooks.md`.
 *
 * Everything outside the grammar is refused. No text is cut, no cell shifted, and no sheet skipped without a message.
 */
import type { Sheet } from "../../ingest/cells.ts";
import { GrammarError } from "../grammarError.ts";
import { checkNames, damaged, notXml } from "../limits.ts";
import type { Shared } from "../shared.ts";
import type { Package } from "../zip/package.ts";
import { type Relation, relationOf, relationsOf } from "../zip/relations.ts";
import { readSharedStrings } from "./sharedStrings.ts";
import { readSheet } from "./sheet.ts";
import { readStyles } from "./styles.ts";
import { readTables } from "./tables.ts";
import { readWorkbookPart } from "./workbookPart.ts";

/** Every worksheet with its cells. Rejects with `WorkbookError` for a damaged file and for rows beyond the limit. */
export async function readXlsx(pack: Package, part: string): Promise<Sheet[]> {
  try {
    const relations = await relationsOf(pack, part);
    const book = await readWorkbookPart(pack, part, relations);
    checkNames(book.sheets.flatMap(({ name, part }) => (part === null ? [] : [name])));
    const shared = { ...(await readShared(pack, relations)), isCalculated: book.isCalculated };
    const sheets: Sheet[] = [];
    for (const [index, entry] of book.sheets.entries()) {
      if (entry.part === null) continue;
      if (!pack.has(entry.part)) throw damaged(`sheet “${entry.name}” has no cells`, entry.name);
      const sheet = await readSheet(pack, entry, entry.part, index === book.active, shared);
      const { totalRows, changed } = await readTables(pack, entry.part, shared.changingTables ?? new Set());
      sheets.push({ ...sheet, totalRows, conditional: [...(sheet.conditional ?? []), ...changed] });
    }
    return sheets;
  } catch (error) {
    throw error instanceof GrammarError ? notXml() : error;
  }
}

async function readShared(
  pack: Package,
  relations: ReadonlyMap<string, Relation>,
): Promise<Omit<Shared, "isCalculated">> {
  const strings = relationOf(relations, "sharedStrings")?.target;
  const styles = relationOf(relations, "styles")?.target;
  return {
    strings: strings === undefined || !pack.has(strings) ? [] : await readSharedStrings(pack, strings),
    ...(styles === undefined || !pack.has(styles) ? { styles: [] } : await readStyles(pack, styles)),
  };
}
