/**
 * Reads the tables of a sheet: which rows are totals (18.5.1.2), which name no machine, and where the style of a
 * table may strike out a value (18.8.40).
 */
import type { Area } from "../../ingest/cells.ts";
import { damaged } from "../limits.ts";
import type { Attributes } from "../xml/attributes.ts";
import type { XmlListener } from "../xml/scanner.ts";
import { trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import { relationsOf } from "../zip/relations.ts";
import { areaOf } from "./references.ts";
import { NAMESPACES } from "./spreadsheetMl.ts";

/** The numbers of these rows and these areas, by the tables that the part of the sheet names. */
export async function readTables(
  pack: Package,
  part: string,
  changing: ReadonlySet<string>,
): Promise<{ totalRows: number[]; changed: Area[] }> {
  const rows: number[] = [];
  const changed: Area[] = [];
  for (const { type, target } of (await relationsOf(pack, part)).values()) {
    if (type !== "table" || !pack.has(target)) continue;
    const table = new TableListener(changing);
    await pack.scan(target, table, NAMESPACES);
    if (table.isChanging) changed.push(areaOf(table.place));
    for (let row = table.last - table.totals + 1; row <= table.last; row++) rows.push(row);
  }
  return { totalRows: [...new Set(rows)], changed }; // tables side by side may end in one row
}

class TableListener implements XmlListener {
  readonly onText = "skip";
  /** The last row of the table, and how many rows up to it are totals. */
  last = 0;
  totals = 0;
  /** Its place in the sheet. */
  place = "";
  /** Whether its style may strike out a value. */
  isChanging = false;
  readonly #changing: ReadonlySet<string>;

  constructor(changing: ReadonlySet<string>) {
    this.#changing = changing;
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (depth === 1 && name === "tableStyleInfo" && this.#changing.has(attributes.get("name") ?? ""))
      this.isChanging = true;
    if (depth) return;
    this.place = trimmed(attributes.get("ref")) ?? "";
    const totals = trimmed(attributes.get("totalsRowCount")) ?? "0";
    const count = /^[0-9]{1,7}$/.test(totals) ? Number(totals) : -1;
    if (name !== "table" || count < 0) throw damaged("one of its tables cannot be read");
    if (!count) return;
    const { firstRow, lastRow } = areaOf(this.place);
    this.last = lastRow;
    this.totals = Math.max(0, Math.min(count, lastRow - firstRow + 1));
  }

  close(): void {}

  text(): void {}
}
