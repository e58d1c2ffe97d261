/** Which sheets an xlsx has, in the order of their tabs, and which one was open when it was saved (18.2). */

import { damaged } from "../limits.ts";
import type { Attributes, XmlListener } from "../xml/scanner.ts";
import { trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import type { Relation } from "../zip/relations.ts";
import { NAMESPACES, unescapedText } from "./spreadsheetMl.ts";

export interface SheetEntry {
  readonly name: string;
  readonly isHidden: boolean;
  /** The part that holds it; null for charts, dialogs and macro sheets, and where the file does not say. */
  readonly part: string | null;
}

export interface WorkbookPart {
  readonly sheets: readonly SheetEntry[];
  /** The place of the active sheet in `sheets`. */
  readonly active: number;
}

export async function readWorkbookPart(
  pack: Package,
  part: string,
  relations: ReadonlyMap<string, Relation>,
): Promise<WorkbookPart> {
  const listener = new WorkbookListener(relations);
  await pack.scan(part, listener, NAMESPACES);
  if (listener.root !== "workbook") throw damaged(`its part ${part} holds something else`);
  return listener;
}

class WorkbookListener implements XmlListener, WorkbookPart {
  readonly onText = "skip";
  readonly sheets: SheetEntry[] = [];
  active = 0;
  root = "";
  readonly #relations: ReadonlyMap<string, Relation>;
  #parent = "";
  #hasView = false;

  constructor(relations: ReadonlyMap<string, Relation>) {
    this.#relations = relations;
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (depth === 0) this.root = name;
    if (depth === 1) this.#parent = name;
    if (depth !== 2) return;
    if (this.#parent === "sheets" && name === "sheet") {
      const relation = this.#relations.get(trimmed(attributes.get("r:id")) ?? "");
      this.sheets.push({
        name: unescapedText(attributes.get("name") ?? ""),
        isHidden: /^(?:hidden|veryHidden)$/.test(trimmed(attributes.get("state")) ?? ""),
        part: relation?.type === "worksheet" ? relation.target : null,
      });
    } else if (this.#parent === "bookViews" && name === "workbookView" && !this.#hasView) {
      this.#hasView = true;
      const active = trimmed(attributes.get("activeTab")) ?? "0";
      this.active = /^[0-9]{1,5}$/.test(active) ? Number(active) : 0;
    }
  }

  close(): void {}

  text(): void {}
}
