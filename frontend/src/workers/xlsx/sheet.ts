/** One worksheet of an xlsx, read element by element; its rows are kept, its XML is not (ECMA-376 part 1,
 * 18.3). */
import type { Area, Cell, Sheet } from "../../ingest/cells.ts";
import { CellError, GrammarError } from "../grammarError.ts";
import { damaged } from "../limits.ts";
import { type Place, refusal, type Shared } from "../shared.ts";
import { LEAST_HEIGHT, LEAST_WIDTH, SheetRows } from "../sheetRows.ts";
import type { Attributes } from "../xml/attributes.ts";
import type { XmlListener } from "../xml/scanner.ts";
import { isBelow, isFalse, isTrue, trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import { CellParts, cellOf } from "./cell.ts";
import { Rules } from "./conditional.ts";
import { areaOf, columnOf, LAST_COLUMN, rowNumber } from "./references.ts";
import { RichText } from "./richText.ts";
import { NAMESPACES } from "./spreadsheetMl.ts";
import type { SheetEntry } from "./workbookPart.ts";

const ROW = 2;
const CELL = 3;
const CHILD = 4;
/** Elements that describe a cell. The file is refused if one is in a place where it does not belong. */
const SPEAKING = new Set(["row", "c", "v", "f", "is", "t", "r"]);

/** Rejects with `WorkbookError` for a sheet that is damaged, or that lies outside the grammar. */
export async function readSheet(
  pack: Package,
  { name, isHidden }: SheetEntry,
  part: string,
  isActive: boolean,
  shared: Shared,
): Promise<Sheet> {
  const listener = new SheetListener(name, shared);
  try {
    await pack.scan(part, listener, NAMESPACES);
    return listener.rows().sheet({ isHidden, isActive });
  } catch (error) {
    throw refusal(name, listener.place, error);
  }
}

class SheetListener implements XmlListener {
  onText: "take" | "skip" | "refuse" = "skip";
  readonly #name: string;
  readonly #shared: Shared;
  readonly #rows: SheetRows;
  /** The child of the root that is open. */
  #section = "";
  #hasData = false;
  /** Whether a row without a height of its own is too low to read. */
  #hasFlatRows = false;
  /** Whether the root is something else: then there are no cells. */
  #isForeign = false;
  /** The depth of an element that is passed over, with all that is in it; 0 for none. */
  #skipped = 0;
  /** The number of the row that is open, or of the last one. */
  #row = 0;
  /** The cell that is open, or the last one; its column is -1 before the first of a row. */
  readonly #cell = new CellParts();
  readonly #inline = new RichText(CHILD);
  readonly #rules: Rules;
  #child = "";

  constructor(name: string, shared: Shared) {
    this.#name = name;
    this.#rows = new SheetRows(name);
    this.#shared = shared;
    this.#rules = new Rules(this.#rows, shared.changing ?? new Set());
  }

  /** The place of the cell that was read last. */
  get place(): Place {
    return { row: this.#row, column: this.#cell.column };
  }

  /** The result, once the whole part has been read. */
  rows(): SheetRows {
    if (!this.#hasData) throw this.#noCells();
    return this.#rows;
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (this.#skipped || this.#isForeign) return;
    if (depth === 0) {
      if (SPEAKING.has(name)) throw damaged(`sheet “${this.#name}” is no worksheet`, this.#name);
      this.#isForeign = name !== "worksheet";
    } else if (depth === 1) this.#openSection(name, attributes);
    else if (this.#section === "sheetData") this.#openInData(name, depth, attributes);
    else if (depth === 2 && this.#section === "cols" && name === "col") this.#takeColumns(attributes);
    else if (depth === 2 && this.#section === "sheetViews" && name === "sheetView") {
      if (isFalse(attributes.get("showZeros"))) this.#rows.hideZeros();
    } else if (depth === 2 && this.#section === "mergeCells" && name === "mergeCell") {
      this.#rows.merge(areaOf(trimmed(attributes.get("ref")) ?? ""));
    } else if (this.#section !== "sheetData") this.#openRule(name, attributes);
  }

  #openRule(name: string, attributes: Attributes): void {
    this.#rules.open(name, attributes);
    this.onText = this.#rules.isInArea ? "take" : "skip";
  }

  close(name: string, depth: number): void {
    if (this.#skipped) {
      if (depth !== this.#skipped) return;
      this.#skipped = 0;
      this.onText = "refuse";
    } else if (this.#section === "sheetData") this.#closeInData(depth);
    else {
      this.#rules.close(name);
      this.onText = this.#rules.isInArea ? "take" : "skip";
    }
  }

  text(source: string, start: number, end: number): void {
    if (this.#rules.isInArea) this.#rules.text(source.slice(start, end));
    else if (this.#child === "is") this.#inline.text(source.slice(start, end));
    else this.#cell.value.add(source, start, end);
  }

  #openSection(name: string, attributes: Attributes): void {
    this.#section = name;
    if (name === "sheetFormatPr") this.#takeSizes(attributes);
    if (name !== "sheetData") {
      this.#openRule(name, attributes);
      return;
    }
    if (this.#hasData) throw this.#noCells();
    this.#hasData = true;
    this.onText = "refuse";
  }

  #noCells(): Error {
    return damaged(`sheet “${this.#name}” has no cells, or has them twice`, this.#name);
  }

  #takeColumns(attributes: Attributes): void {
    const first = rowNumber(trimmed(attributes.get("min")) ?? "");
    const last = rowNumber(trimmed(attributes.get("max")) ?? "");
    if (!first || !last) return;
    const width = attributes.get("width");
    if (isTrue(attributes.get("hidden")) || isBelow(width, LEAST_WIDTH))
      this.#rows.hideColumns(first - 1, last - 1);
    else if (width !== undefined) this.#rows.showColumns(first - 1, last - 1);
  }

  #takeSizes(attributes: Attributes): void {
    if (isBelow(attributes.get("defaultColWidth"), LEAST_WIDTH)) this.#rows.hideColumnsWithoutWidth();
    this.#hasFlatRows = isBelow(attributes.get("defaultRowHeight"), LEAST_HEIGHT);
  }

  #openInData(name: string, depth: number, attributes: Attributes): void {
    if (depth === CHILD) this.#openChild(name, depth, attributes);
    else if (depth === CELL && name === "c") this.#openCell(attributes);
    else if (depth === ROW && name === "row") this.#openRow(attributes);
    else if (depth > CHILD && this.#child === "is") {
      this.#inline.open(name, depth, attributes);
      this.onText = this.#inline.onText;
    } else if (this.#child === "v") throw new CellError(`has a <${name}> inside of its value`);
    else if (depth <= CHILD) this.#pass(name, depth);
  }

  #closeInData(depth: number): void {
    if (depth === CHILD) this.#closeChild();
    else if (depth === CELL) this.#closeCell();
    else if (depth === ROW) this.#rows.close();
    else if (depth === 1) {
      this.#section = "";
      this.onText = "skip";
    } else if (this.#child === "is") {
      this.#inline.close(depth);
      this.onText = this.#inline.onText;
    }
  }

  #closeCell(): void {
    const { column, area } = this.#cell;
    const cell = cellOf(this.#cell, this.#shared);
    this.#rows.put(column, cell);
    if (area && (!this.#shared.isCalculated || isFormula(cell))) this.#rows.leaveUncalculated(area);
  }

  /** Passes over an element that says nothing about a cell. */
  #pass(name: string, depth: number): void {
    if (name === "mc:AlternateContent")
      throw damaged(`sheet “${this.#name}” has cells in more than one version`, this.#name);
    if (SPEAKING.has(name)) throw new GrammarError(`a <${name}> where none belongs`);
    this.#skipped = depth;
    this.onText = "skip";
  }

  #openRow(attributes: Attributes): void {
    const reference = trimmed(attributes.get("r")) ?? String(this.#row + 1);
    const row = rowNumber(reference);
    if (!row)
      throw damaged(
        `sheet “${this.#name}” has a row with the number “${reference.slice(0, 20)}”`,
        this.#name,
      );
    this.#row = row;
    this.#cell.column = -1;
    this.#rows.open(row);
    const height = attributes.get("ht");
    const isFlat = height === undefined ? this.#hasFlatRows : isBelow(height, LEAST_HEIGHT);
    if (isFlat || isTrue(attributes.get("hidden"))) this.#rows.hideRow(row);
  }

  #openCell(attributes: Attributes): void {
    const cell = this.#cell;
    cell.type = "n";
    cell.style = 0;
    cell.hasValue = cell.hasFormula = false;
    cell.text = cell.area = null;
    cell.column += 1;
    let style = -1;
    for (let index = 0; index < attributes.count; index++) {
      const name = attributes.names[index];
      if (name === "r") cell.column = this.#columnAt(attributes, index);
      else if (name === "t") cell.type = attributes.trimmedAt(index);
      else if (name === "s") style = index;
    }
    if (cell.column >= LAST_COLUMN) {
      throw damaged(`sheet “${this.#name}” has a cell right of its last column`, this.#name);
    }
    this.#rows.occupy(cell.column);
    if (style >= 0) cell.style = styleAt(attributes, style);
  }

  #columnAt(attributes: Attributes, index: number): number {
    const { source, from, to } = attributes;
    const column = columnOf(source, from[index] ?? 0, to[index] ?? 0, this.#row);
    if (column >= 0) return column;
    const reference = attributes.trimmedAt(index);
    const trimmedColumn = columnOf(reference, 0, reference.length, this.#row);
    if (trimmedColumn >= 0) return trimmedColumn;
    const place = attributes.valueAt(index).slice(0, 20);
    throw damaged(
      `row ${this.#row} of sheet “${this.#name}” has a cell with the place “${place}”`,
      this.#name,
    );
  }

  #openChild(name: string, depth: number, attributes: Attributes): void {
    const cell = this.#cell;
    switch (name) {
      case "v":
        if (cell.hasValue || cell.type === "inlineStr") {
          throw new CellError("has a value that its type does not allow, or two");
        }
        cell.hasValue = true;
        cell.value.clear();
        this.onText = "take";
        break;
      case "f":
        if (cell.hasFormula) throw new CellError("has two formulas");
        cell.hasFormula = true;
        cell.area = areaOfFormula(attributes);
        this.onText = "skip";
        break;
      case "is":
        if (cell.text !== null || cell.type !== "inlineStr") {
          throw new CellError("has a text that its type does not allow");
        }
        this.#inline.start();
        break;
      default:
        this.#pass(name, depth);
        return;
    }
    this.#child = name;
  }

  #closeChild(): void {
    if (this.#child === "is") this.#cell.text = this.#inline.end();
    this.#child = "";
    this.onText = "refuse";
  }
}

function isFormula(cell: Cell): boolean {
  return typeof cell === "object" && cell?.t === "formula";
}

/** The area that a formula fills; null if it is only its own cell. */
function areaOfFormula(attributes: Attributes): Area | null {
  const isOfArea = /^(?:array|dataTable)$/.test(trimmed(attributes.get("t")) ?? "");
  const reference = isOfArea ? trimmed(attributes.get("ref")) : undefined;
  return reference === undefined ? null : areaOf(reference);
}

function styleAt(attributes: Attributes, index: number): number {
  const digits = attributes.digitsAt(index);
  if (digits >= 0 && digits < 1_000_000) return digits;
  const text = attributes.trimmedAt(index);
  if (/^[0-9]{1,6}$/.test(text)) return Number(text);
  throw new CellError(`has the style “${text.slice(0, 20)}”, which does not exist`);
}
