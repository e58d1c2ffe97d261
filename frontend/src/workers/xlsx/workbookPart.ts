/** Which sheets an xlsx has, in the order of their tabs, and which one was open when it was saved (18.2). */

import { damaged } from "../limits.ts";
import type { Attributes } from "../xml/attributes.ts";
import { Elements } from "../xml/elements.ts";
import { isTrue, trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import type { Relation } from "../zip/relations.ts";
import { NAMESPACES, unescapedText } from "./spreadsheetMl.ts";

export interface SheetEntry {
  readonly name: string;
  readonly isHidden: boolean;
  /** The part that holds it; null for charts, dialogs and macro sheets, and if the file names none. */
  readonly part: string | null;
}

export interface WorkbookPart {
  readonly sheets: readonly SheetEntry[];
  /** The place of the active sheet in `sheets`. */
  readonly active: number;
  /** Whether the saved values of formulas count. */
  readonly isCalculated: boolean;
}

export async function readWorkbookPart(
  pack: Package,
  part: string,
  relations: ReadonlyMap<string, Relation>,
): Promise<WorkbookPart> {
  const sheets: SheetEntry[] = [];
  let active: number | undefined;
  let isCalculated = true;
  const elements = new Elements((name, parent, attributes) => {
    if (parent === "sheets" && name === "sheet") sheets.push(entryOf(attributes, relations));
    else if (parent === "bookViews" && name === "workbookView") active ??= activeTab(attributes);
    else if (parent === "" && name === "calcPr" && isTrue(attributes.get("fullCalcOnLoad")))
      isCalculated = false;
  });
  await pack.scan(part, elements, NAMESPACES);
  if (elements.root !== "workbook") throw damaged(`its part ${part} holds something else`);
  return { sheets, active: active ?? 0, isCalculated };
}

function entryOf(attributes: Attributes, relations: ReadonlyMap<string, Relation>): SheetEntry {
  const relation = relations.get(trimmed(attributes.get("r:id")) ?? "");
  return {
    name: unescapedText(attributes.get("name") ?? ""),
    isHidden: /^(?:hidden|veryHidden)$/.test(trimmed(attributes.get("state")) ?? ""),
    part: relation?.type === "worksheet" ? relation.target : null,
  };
}

function activeTab(attributes: Attributes): number {
  const number = trimmed(attributes.get("activeTab")) ?? "0";
  return /^[0-9]{1,5}$/.test(number) ? Number(number) : 0;
}
