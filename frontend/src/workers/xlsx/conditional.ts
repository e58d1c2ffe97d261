/**
 * The conditional formats of an xlsx sheet that strike out a value, hide it, or show it as something else (18.3.1.18,
 * 18.8.15); those that Excel 2010 added stand at the end of the sheet, with their formats (MS-XLSX 2.6.3). Only a
 * spreadsheet program knows which of them apply. Twin of `src/setpoint/workbook/conditional.py`.
 */
import { NumberFormat } from "../../ingest/formats.ts";
import type { SheetRows } from "../sheetRows.ts";
import type { Attributes } from "../xml/attributes.ts";
import { isFalse, trimmed } from "../xml/values.ts";
import { areaOf } from "./references.ts";
import { unescapedText } from "./spreadsheetMl.ts";

const CELLS = "xm:sqref";

/** Whether an element of a format strikes out a value, or may show another. */
export function isChanging(name: string, attributes: Attributes): boolean {
  if (name === "strike") return !isFalse(attributes.get("val"));
  if (name !== "numFmt") return false;
  return !new NumberFormat(0, unescapedText(attributes.get("formatCode") ?? "")).isPlain;
}

/** Whether a rule or a part of a style names one of these formats. */
export function isAmong(dxfId: string, places: ReadonlySet<number>): boolean {
  const place = trimmed(dxfId) ?? "";
  return /^[0-9]{1,9}$/.test(place) && places.has(Number(place));
}

/** Reads the conditional formats of a sheet, and gives their areas to its rows. */
export class Rules {
  /** Whether text counts at this place. */
  isInArea = false;
  readonly #rows: SheetRows;
  readonly #changing: ReadonlySet<number>;
  #isOpen = false;
  #isChanging = false;
  #areas = "";

  /** `changing`: the places of the formats that change what is seen. */
  constructor(rows: SheetRows, changing: ReadonlySet<number>) {
    this.#rows = rows;
    this.#changing = changing;
  }

  open(full: string, attributes: Attributes): void {
    const name = full.replace(/^x14:/, "");
    if (name === "conditionalFormatting") {
      this.#isOpen = true;
      this.#isChanging = false;
      this.#areas = attributes.get("sqref") ?? "";
    } else if (!this.#isOpen) return;
    else if (name === CELLS) this.isInArea = true;
    else if (name === "cfRule") {
      if (isAmong(attributes.get("dxfId") ?? "", this.#changing)) this.#isChanging = true;
    } else if (name === "iconSet" || name === "dataBar") {
      if (isFalse(attributes.get("showValue"))) this.#isChanging = true;
    } else if (isChanging(name, attributes)) this.#isChanging = true;
  }

  close(full: string): void {
    if (full === CELLS) this.isInArea = false;
    else if (full.replace(/^x14:/, "") === "conditionalFormatting") {
      const areas = this.#isOpen && this.#isChanging ? this.#areas.split(/[ \t\r\n]+/).filter(Boolean) : [];
      for (const each of areas) this.#rows.condition(areaOf(each));
      this.#isOpen = false;
    }
  }

  text(text: string): void {
    this.#areas += text;
  }
}
