/** The targets of a workbook after the person has corrected cells and rows. */

import type { Value } from "../../contract/index.ts";
import type { Asked } from "../../preview/index.ts";

/** Cells that the person corrected, by machine and field. */
export type Fixes = Readonly<Record<string, Readonly<Record<string, Value>>>>;
/** Rows with errors, and the machine that the person chose for each. */
export type Repaired = Readonly<Record<number, string>>;

export function amendedBy(asked: Asked, fixes: Fixes, repaired: Repaired): Asked {
  const targets: Record<string, Readonly<Record<string, Value>>> = { ...asked.targets };
  for (const [machine, values] of Object.entries(fixes))
    targets[machine] = { ...targets[machine], ...values };
  const rows: Record<string, number> = { ...asked.rows };
  for (const [row, machine] of Object.entries(repaired)) rows[machine] = Number(row);
  return { ...asked, targets, rows, errors: asked.errors.filter(({ row }) => repaired[row] === undefined) };
}
