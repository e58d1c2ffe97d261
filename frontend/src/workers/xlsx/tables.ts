/** Which rows of a sheet are the totals of a table (18.5.1.2): sums of what stands above them, and no machines. */
import { damaged } from "../limits.ts";
import type { Attributes } from "../xml/attributes.ts";
import type { XmlListener } from "../xml/scanner.ts";
import { trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import { relationsOf } from "../zip/relations.ts";
import { areaOf } from "./references.ts";
import { NAMESPACES } from "./spreadsheetMl.ts";

/** The numbers of these rows, by the tables that the part of the sheet names. */
export async function totalRowsOf(pack: Package, part: string): Promise<number[]> {
  const rows: number[] = [];
  for (const { type, target } of (await relationsOf(pack, part)).values()) {
    if (type !== "table" || !pack.has(target)) continue;
    const table = new TableListener();
    await pack.scan(target, table, NAMESPACES);
    for (let row = table.last - table.totals + 1; row <= table.last; row++) rows.push(row);
  }
  return [...new Set(rows)]; // tables side by side may end in one row
}

class TableListener implements XmlListener {
  readonly onText = "skip";
  /** The last row of the table, and how many rows up to it are totals. */
  last = 0;
  totals = 0;

  open(name: string, depth: number, attributes: Attributes): void {
    if (depth) return;
    const said = trimmed(attributes.get("totalsRowCount")) ?? "0";
    const count = /^[0-9]{1,7}$/.test(said) ? Number(said) : -1;
    if (name !== "table" || count < 0) throw damaged("one of its tables cannot be read");
    if (!count) return;
    const { firstRow, lastRow } = areaOf(trimmed(attributes.get("ref")) ?? "");
    this.last = lastRow;
    this.totals = Math.max(0, Math.min(count, lastRow - firstRow + 1));
  }

  close(): void {}

  text(): void {}
}
