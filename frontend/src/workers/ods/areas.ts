/** Areas of cells as OpenDocument names them (18.3.2). Twin of `src/setpoint/workbook/ods_areas.py`. */
import type { Area } from "../../ingest/cells.ts";
import { damaged } from "../limits.ts";
import { areaOf } from "../xlsx/references.ts";

const SHEET = /(?:\$?(?:'(?:[^']|'')*'|[^ .:']+))?\./.source;
const CELL = /\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}/.source;
const AREA = new RegExp(`${SHEET}(${CELL})(?::(?:${SHEET})?(${CELL}))?(?:[ \\t\\r\\n]+|$)`, "y");

/** The areas in `Sheet1.B2:Sheet1.B4 'a b'.D2`. Throws `WorkbookError` for anything else. */
export function areasOf(addresses: string): Area[] {
  const text = addresses.replace(/^[ \t\r\n]+/, "");
  const found: Area[] = [];
  AREA.lastIndex = 0;
  for (let at = 0; at < text.length; at = AREA.lastIndex) {
    const [, first, last = first] = AREA.exec(text) ?? [];
    if (first === undefined) throw damaged(`“${text.slice(at, at + 40)}” is no area of cells`);
    found.push(areaOf(`${first}:${last}`));
  }
  return found;
}
