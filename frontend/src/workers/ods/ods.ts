/**
 * Reads ods from its `content.xml` (OpenDocument 1.3 part 3, chapter 9). Twin of `src/setpoint/workbook/ods.py`.
 *
 * Runs of equal cells and rows are written once with a count. Blank runs are counted and never built, so that a sheet
 * that is coloured to its last corner costs nothing.
 */
import type { Area, Cell, Sheet } from "../../ingest/cells.ts";
import { MAX_COLUMNS } from "../../ingest/header.ts";
import { CellError, GrammarError } from "../grammarError.ts";
import { checkNames, damaged, encrypted, MAX_ROWS, notXml } from "../limits.ts";
import { type Place, refusal } from "../shared.ts";
import { SheetRows } from "../sheetRows.ts";
import type { Attributes } from "../xml/attributes.ts";
import type { XmlListener } from "../xml/scanner.ts";
import type { Package } from "../zip/package.ts";
import { areasOf } from "./areas.ts";
import { type CellAttributes, odsCell } from "./cell.ts";
import { countOf, ODF, valueIn } from "./openDocument.ts";
import { readSettings } from "./settings.ts";
import { ShownText } from "./shownText.ts";
import { FormatKinds, readStyles, type Styles } from "./styles.ts";

const FORMAT = 2;
const TABLE = 3;
const DEFAULT_STYLE = "table:default-cell-style-name";

/** Every table with its cells. Rejects with `WorkbookError` for damage, encryption, and rows beyond the limit. */
export async function readOds(pack: Package): Promise<Sheet[]> {
  const manifest = new TextDecoder().decode(await pack.read("META-INF/manifest.xml"));
  if (manifest.includes("encryption-data")) throw encrypted();
  try {
    const { active, hidesZeros, withoutZeros } = await readSettings(pack);
    const listener = new ContentListener(await readStyles(pack));
    try {
      await pack.scan("content.xml", listener, ODF);
    } catch (error) {
      throw error instanceof CellError ? refusal(listener.table, listener.place, error) : error;
    }
    checkNames(listener.tables.map(({ name }) => name));
    return listener.tables.map(({ name, isHidden, rows }, index) => {
      if (hidesZeros || withoutZeros.has(name)) rows.hideZeros();
      return rows.sheet({ isHidden, isActive: active === "" ? index === 0 : name === active });
    });
  } catch (error) {
    throw error instanceof GrammarError ? notXml() : error;
  }
}

interface Table {
  readonly name: string;
  readonly isHidden: boolean;
  readonly rows: SheetRows;
}

class ContentListener implements XmlListener {
  readonly tables: Table[] = [];
  /** The name of the table that was read last. */
  table = "";
  readonly #hiddenStyles = new Set<string>();
  readonly #styles: Styles;
  readonly #formats: FormatKinds;
  readonly #shown: ShownText;
  readonly #cell: CellAttributes = {
    isError: false,
    type: undefined,
    value: undefined,
    boolean: undefined,
    string: undefined,
    hasFormula: false,
    isCovered: false,
    hasLabels: false,
  };
  #style = "";
  #styleDepth = 0;
  /** The styles of cells without a style of their own, by column. */
  readonly #columnStyles = new Map<number, string>();
  #rowStyle = "";
  #cellStyle = "";
  #rows: SheetRows | null = null;
  /** For each open group of rows: 1 if it is hidden, else 0. And how many are hidden. */
  readonly #groups: number[] = [];
  #hiddenGroups = 0;
  /** The same of columns. */
  readonly #columnGroups: number[] = [];
  #hiddenColumnGroups = 0;
  /** The depth of the open element that is skipped with its contents; 0 if there is none. */
  #skipped = 0;
  #isInBook = false;
  #column = 0;
  #nextRow = 1;
  #rowCount = 1;
  #isRowHidden = false;
  /** The areas of the conditional format that is open. */
  #conditions: Area[] = [];
  #isInRow = false;
  #cellCount = 1;
  #cellDepth = 0;
  /** The area of the last formula's values. */
  #formulaArea: Area | null = null;

  constructor(styles: Styles) {
    this.#styles = styles;
    this.#formats = new FormatKinds(styles);
    this.#shown = new ShownText(styles);
  }

  /** The place of the cell that was read last. */
  get place(): Place {
    return { row: this.#nextRow, column: this.#column };
  }

  get onText(): "take" | "skip" {
    return this.#cellDepth && this.#shown.isOpen ? "take" : "skip";
  }

  open(name: string, depth: number, attributes: Attributes): void {
    if (this.#skipped) return;
    if (this.#cellDepth) {
      if (name === "table:table" && depth === this.#cellDepth + 1) {
        throw damaged(`sheet “${this.table}” has a table in a cell`, this.table);
      }
      this.#shown.open(name, depth, attributes);
    } else if (name === "style:style") {
      this.#style = attributes.get("style:name") ?? "";
      this.#styleDepth = depth;
      this.#styles.take(attributes);
    } else if (this.#styleDepth) {
      if (depth === this.#styleDepth + 1) this.#styles.takeInner(name, attributes);
      if (name === "style:table-properties" && valueIn(attributes, "table:display") === "false")
        this.#hiddenStyles.add(this.#style);
    } else if (depth === FORMAT && name.startsWith("number:")) this.#formats.take(name, attributes);
    else if (depth === FORMAT + 1 && name.startsWith("number:")) this.#formats.takeInner(attributes);
    else if (name === "office:spreadsheet") this.#isInBook = true;
    else if (depth === TABLE && this.#isInBook) {
      if (name === "table:table") this.#openTable(attributes);
      else this.#skipped = depth;
    } else if (this.#rows) this.#openInTable(name, depth, attributes);
  }

  close(name: string, depth: number): void {
    if (this.#skipped) {
      if (depth === this.#skipped) this.#skipped = 0;
    } else if (this.#cellDepth) {
      if (depth === this.#cellDepth) this.#closeCell();
      else this.#shown.close(name, depth);
    } else if (depth === this.#styleDepth) {
      this.#styleDepth = 0;
      this.#styles.end();
    } else if (depth === TABLE && this.#rows) {
      this.#rows = null;
    } else if (name === "table:table-row" && this.#isInRow) this.#closeRow();
    else if (name === "table:table-row-group") this.#hiddenGroups -= this.#groups.pop() ?? 0;
    else if (name === "table:table-column-group") this.#hiddenColumnGroups -= this.#columnGroups.pop() ?? 0;
    else if (name === "office:spreadsheet") this.#isInBook = false;
  }

  text(source: string, start: number, end: number): void {
    this.#shown.text(source.slice(start, end));
  }

  #openTable(attributes: Attributes): void {
    this.table = attributes.get("table:name") ?? "";
    this.#rows = new SheetRows(this.table);
    const isHidden = this.#hiddenStyles.has(attributes.get("table:style-name") ?? "");
    this.tables.push({ name: this.table, isHidden, rows: this.#rows });
    this.#hiddenGroups = this.#hiddenColumnGroups = 0;
    this.#columnGroups.length = 0;
    this.#columnStyles.clear();
    this.#groups.length = 0;
    this.#nextRow = 1;
    this.#column = 0;
  }

  #openInTable(name: string, depth: number, attributes: Attributes): void {
    switch (name) {
      case "table:table-cell":
      case "table:covered-table-cell":
        this.#openCell(name, depth, attributes);
        break;
      case "table:table-row":
        if (this.#isInRow) throw new GrammarError("a row in a row");
        this.#isInRow = true;
        this.#rows?.open(this.#nextRow);
        this.#column = 0;
        this.#rowCount = countOf(attributes, "table:number-rows-repeated");
        this.#rowStyle = valueIn(attributes, DEFAULT_STYLE) ?? "";
        this.#isRowHidden = this.#isUnseen("table-row", attributes) || this.#hiddenGroups > 0;
        break;
      case "table:table-column": {
        const count = countOf(attributes, "table:number-columns-repeated");
        if (this.#isUnseen("table-column", attributes) || this.#hiddenColumnGroups)
          this.#rows?.hideColumns(this.#column, this.#column + count - 1);
        const style = valueIn(attributes, DEFAULT_STYLE) ?? "";
        const end = Math.min(this.#column + count, MAX_COLUMNS);
        for (let column = this.#column; column < end; column++) this.#columnStyles.set(column, style);
        this.#column += count;
        break;
      }
      case "table:table-row-group": {
        const isHiddenGroup = Number(valueIn(attributes, "table:display") === "false");
        this.#groups.push(isHiddenGroup);
        this.#hiddenGroups += isHiddenGroup;
        break;
      }
      case "table:table-column-group": {
        const isHiddenGroup = Number(valueIn(attributes, "table:display") === "false");
        this.#columnGroups.push(isHiddenGroup);
        this.#hiddenColumnGroups += isHiddenGroup;
        break;
      }
      case "calcext:conditional-format":
        this.#conditions = areasOf(attributes.get("calcext:target-range-address") ?? "");
        break;
      case "calcext:condition":
        this.#takeCondition(valueIn(attributes, "calcext:apply-style-name") ?? "");
        break;
      case "calcext:date-is":
        this.#takeCondition(valueIn(attributes, "calcext:style") ?? "");
        break;
      case "calcext:icon-set":
      case "calcext:data-bar":
        if (valueIn(attributes, "calcext:show-value") === "false") this.#conditionAreas();
        this.#skipped = depth;
        break;
      case "calcext:conditional-formats":
      case "table:table-rows":
      case "table:table-header-rows":
      case "table:table-columns":
      case "table:table-header-columns":
        break;
      default:
        this.#skipped = depth;
    }
  }

  #openCell(name: string, depth: number, attributes: Attributes): void {
    if (!this.#isInRow) throw new GrammarError("a cell outside of a row");
    const cell = this.#cell;
    cell.isError = valueIn(attributes, "calcext:value-type") === "error";
    cell.type = valueIn(attributes, "office:value-type");
    cell.value = attributes.get("office:value");
    cell.boolean = valueIn(attributes, "office:boolean-value");
    cell.string = attributes.get("office:string-value");
    cell.hasFormula = attributes.get("table:formula") !== undefined;
    cell.isCovered = name === "table:covered-table-cell";
    this.#cellStyle = valueIn(attributes, "table:style-name") || this.#rowStyle;
    this.#cellCount = countOf(attributes, "table:number-columns-repeated");
    const height = countOf(attributes, "table:number-rows-spanned");
    if (height > 1)
      this.#rows?.span(this.#areaOf(height, countOf(attributes, "table:number-columns-spanned")));
    if (cell.hasFormula) {
      const rows = countOf(attributes, "table:number-matrix-rows-spanned");
      this.#formulaArea = this.#areaOf(rows, countOf(attributes, "table:number-matrix-columns-spanned"));
    }
    this.#cellDepth = depth;
    this.#shown.start(depth);
  }

  /** The area of which the open cell is the first. */
  #areaOf(height: number, width: number): Area {
    const [firstRow, firstColumn] = [this.#nextRow, this.#column];
    return { firstRow, firstColumn, lastRow: firstRow + height - 1, lastColumn: firstColumn + width - 1 };
  }

  #closeCell(): void {
    this.#cellDepth = 0;
    const start = this.#column;
    const cell = odsCell({ ...this.#cell, hasLabels: this.#shown.hasLabels }, this.#shown.end());
    this.#column += this.#cellCount;
    if (cell === null) return;
    if (typeof cell === "object" && cell.t === "formula" && this.#formulaArea)
      this.#rows?.leaveUncalculated(this.#formulaArea);
    // One cell beyond the columns that are read is enough to know that something is there.
    const end = Math.min(this.#column, MAX_COLUMNS + 1);
    for (let column = Math.min(start, MAX_COLUMNS); column < end; column++) {
      const style = this.#cellStyle || this.#columnStyles.get(column) || "";
      this.#rows?.put(column, this.#withLooks(cell, style));
      if (column < MAX_COLUMNS && this.#styles.mayChange(style)) this.#condition(column);
    }
  }

  #withLooks(plain: Cell, style: string): Cell {
    const cell = typeof plain === "number" ? this.#styles.shown(plain, style) : plain;
    if (this.#styles.isStruck(style)) return marked(cell, (v) => ({ t: "struck", v }));
    return this.#styles.isRepeated(style) ? marked(cell, (v) => ({ t: "shown", v, w: null })) : cell;
  }

  /** Notes that a condition of its style may change what a cell shows, in all rows that repeat it. */
  #condition(column: number): void {
    const [firstRow, lastRow] = [this.#nextRow, this.#nextRow + this.#rowCount - 1];
    this.#rows?.condition({ firstRow, lastRow, firstColumn: column, lastColumn: column });
  }

  /** Takes a condition of the open conditional format. The condition applies a style. */
  #takeCondition(style: string): void {
    if (this.#styles.changes(style)) this.#conditionAreas();
  }

  #conditionAreas(): void {
    for (const area of this.#conditions) this.#rows?.condition(area);
  }

  /** Whether a row or a column is hidden, or too small to be read. */
  #isUnseen(family: "table-row" | "table-column", attributes: Attributes): boolean {
    const isHidden = /^(?:collapse|filter)$/.test(valueIn(attributes, "table:visibility") ?? "");
    return isHidden || this.#styles.isTooSmall(family, valueIn(attributes, "table:style-name") ?? "");
  }

  #closeRow(): void {
    this.#isInRow = false;
    const start = this.#nextRow;
    this.#nextRow += this.#rowCount;
    this.#rows?.close();
    this.#rows?.repeat(this.#rowCount - 1);
    if (!this.#isRowHidden) return;
    const end = Math.min(this.#nextRow, MAX_ROWS + 1);
    for (let row = start; row < end; row++) this.#rows?.hideRow(row);
  }
}

/** The cell, marked as struck out or as one that shows its value several times. An error stays an error. */
function marked(cell: Cell, mark: (value: string | number) => Cell): Cell {
  if (typeof cell === "string") return /[^ \u00a0]/.test(cell) ? mark(cell) : cell;
  if (typeof cell === "number") return mark(cell);
  const isValue = typeof cell === "object" && (cell?.t === "percent" || cell?.t === "shown");
  return isValue ? mark(cell.v) : cell;
}
