/**
 * How the styles of an ods show a text: struck out or raised, and in rows and columns that are too small to read
 * (OpenDocument 1.3 part 3, 16 and 20).
 * Twin of `src/setpoint/workbook/ods_styles.py`.
 */

import type { Cell } from "../../ingest/cells.ts";
import type { Look } from "../looks.ts";
import { LEAST_HEIGHT } from "../sheetRows.ts";
import type { Attributes } from "../xml/attributes.ts";
import { Elements } from "../xml/elements.ts";
import type { Package } from "../zip/package.ts";
import { ODF, valueIn } from "./openDocument.ts";

/** The kind of cell that a format makes of a number, whatever the cell's type is (LibreOffice, and 16.29). */
const KINDS: Readonly<Record<string, FormatKind>> = {
  "number:percentage-style": "percent",
  "number:date-style": "date",
  "number:time-style": "date",
  "number:boolean-style": "shown",
};
const RAISED = /^[ \t\r\n]*(?:super|[1-9][0-9.]*%)/;
const MOST_PARENTS = 20;

/** The points in each unit of length. */
const POINTS: Readonly<Record<string, number>> = {
  cm: 72 / 2.54,
  mm: 72 / 25.4,
  in: 72,
  pt: 1,
  pc: 12,
  px: 0.75,
};
const SIZE = /^[ \t\r\n]*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(cm|mm|in|pt|pc|px)[ \t\r\n]*$/;
const SIZES: Readonly<Record<string, string>> = {
  "style:table-row-properties": "style:row-height",
  "style:table-column-properties": "style:column-width",
};

type FormatKind = "percent" | "date" | "shown";

interface Style {
  readonly parent: string;
  /** The styles of cells that apply under conditions. */
  readonly applied: string[];
  /** The name of the format of its numbers. */
  readonly format: string | undefined;
  /** The height of a row or the width of a column, in points. */
  size: number | undefined;
  position: string | undefined;
  /** Whether it repeats what a cell shows until the cell is full. */
  isRepeated: boolean | undefined;
  /** The kind of the line through a text, `none` for a text without a line; undefined if the style does not say. */
  line: string | undefined;
}

/**
 * The styles of cells and of parts of texts by their families and names. A style has the looks of its parent, unless it
 * says otherwise.
 */
export class Styles {
  readonly #known = new Map<string, Style>();
  readonly #mayChange = new Map([["", false]]);
  readonly #struck = new Map([["", false]]);
  readonly #repeated = new Map([["", false]]);
  readonly #oddFormats = new Set<string>();
  readonly #formatKinds = new Map<string, FormatKind | null>();
  #last: Style | null = null;

  /** Takes a `style:style`; the next `takeText` belongs to it. */
  take(attributes: Attributes): void {
    this.#last = {
      parent: valueIn(attributes, "style:parent-style-name") ?? "",
      applied: [],
      format: valueIn(attributes, "style:data-style-name"),
      size: undefined,
      position: undefined,
      isRepeated: undefined,
      line: undefined,
    };
    const [family, name] = [valueIn(attributes, "style:family"), valueIn(attributes, "style:name")];
    this.#known.set(`${family ?? ""} ${name ?? ""}`, this.#last);
  }

  /** Takes an element of the style before it. */
  takeInner(name: string, attributes: Attributes): void {
    if (!this.#last) return;
    if (name === "style:map") this.#last.applied.push(valueIn(attributes, "style:apply-style-name") ?? "");
    const size = SIZE.exec(attributes.get(SIZES[name] ?? "") ?? "");
    if (size) this.#last.size ??= Number(size[1]) * (POINTS[size[2] ?? ""] ?? 1);
    const repeat = name === "style:table-cell-properties" && valueIn(attributes, "style:repeat-content");
    if (repeat) this.#last.isRepeated ??= repeat === "true";
    if (name !== "style:text-properties") return;
    this.#last.position ??= attributes.get("style:text-position");
    this.#last.line ??=
      valueIn(attributes, "style:text-line-through-style") ??
      valueIn(attributes, "style:text-line-through-type");
  }

  /** Whether a style of cells has a line through their contents. */
  isStruck(name: string): boolean {
    let found = this.#struck.get(name);
    if (found === undefined) {
      found = this.look("table-cell", name).isStruck;
      this.#struck.set(name, found);
    }
    return found;
  }

  /** Whether a style of cells repeats their content to fill their width. */
  isRepeated(name: string): boolean {
    let found = this.#repeated.get(name);
    if (found === undefined) {
      found =
        this.#chain("table-cell", name).find((each) => each.isRepeated !== undefined)?.isRepeated ?? false;
      this.#repeated.set(name, found);
    }
    return found;
  }

  /** Whether a style that a condition applies to cells strikes out a value, or may show another. */
  changes(name: string): boolean {
    if (this.isStruck(name)) return true;
    const format = this.#format(name);
    return format !== undefined && this.#oddFormats.has(format);
  }

  /** Whether a condition of a style of cells may strike out a value, or show another (16.3). */
  mayChange(name: string): boolean {
    let found = this.#mayChange.get(name);
    if (found === undefined) {
      const applied = this.#chain("table-cell", name).flatMap((each) => each.applied);
      found = applied.some((each) => this.changes(each));
      this.#mayChange.set(name, found);
    }
    return found;
  }

  /** Takes the kind of cell that a format makes of a number; null if it shows the number itself. */
  takeFormatKind(name: string, kind: FormatKind | null): void {
    this.#formatKinds.set(name, kind);
  }

  /** The cell that a style makes of a number. */
  shown(number: number, name: string): Cell {
    switch (this.#formatKinds.get(this.#format(name) ?? "")) {
      case "percent":
        return { t: "percent", v: number };
      case "date":
        return { t: "date" };
      case "shown":
        return { t: "shown", v: number, w: null };
      default:
        return number;
    }
  }

  #format(name: string): string | undefined {
    return this.#chain("table-cell", name).find((each) => each.format !== undefined)?.format;
  }

  /** Takes the name of a format that shows anything other than a number without a unit. */
  takeOddFormat(name: string): void {
    this.#oddFormats.add(name);
  }

  /** Whether a row or a column of this style is too small to read. */
  isTooSmall(family: "table-row" | "table-column", name: string): boolean {
    const size = this.#chain(family, name).find((each) => each.size !== undefined)?.size;
    return size !== undefined && size < LEAST_HEIGHT;
  }

  /** A style and its parents. */
  #chain(family: string, name: string): Style[] {
    const styles: Style[] = [];
    let style = this.#known.get(`${family} ${name}`);
    for (; style && styles.length < MOST_PARENTS; style = this.#known.get(`${family} ${style.parent}`)) {
      styles.push(style);
    }
    return styles;
  }

  /** Notes the end of the open style. */
  end(): void {
    this.#last = null;
  }

  /** How a style shows a text. An unknown style shows it as it is. */
  look(family: string, name: string): Look {
    let position: string | undefined;
    let line: string | undefined;
    for (const style of this.#chain(family, name)) {
      position ??= style.position;
      line ??= style.line;
    }
    return {
      isHigh: position !== undefined && RAISED.test(position),
      isStruck: line !== undefined && line !== "none",
    };
  }
}

/** The common styles of the document, from its `styles.xml`. */
export async function readStyles(pack: Package): Promise<Styles> {
  const styles = new Styles();
  if (!pack.has("styles.xml")) return styles;
  const formats = new Formats(styles);
  const elements = new Elements(
    (name, parent, attributes) => {
      styles.end();
      formats.take(name, parent, attributes);
      if (name === "style:style" && parent === "office:styles") styles.take(attributes);
    },
    (name, _parent, attributes, level) => {
      formats.takeInner(name, attributes, level);
      if (level === 1) styles.takeInner(name, attributes);
    },
  );
  await pack.scan("styles.xml", elements, ODF);
  formats.end();
  return styles;
}

/** Takes the formats of numbers, and notes how each shows a number. */
export class FormatKinds {
  readonly #styles: Styles;
  #name = "";
  #kind: FormatKind | null = null;

  constructor(styles: Styles) {
    this.#styles = styles;
  }

  take(element: string, attributes: Attributes): void {
    this.#name = valueIn(attributes, "style:name") ?? "";
    this.#kind = KINDS[element] ?? null;
    this.#styles.takeFormatKind(this.#name, this.#kind);
  }

  /** Takes an element of the last format. */
  takeInner(attributes: Attributes): void {
    if (attributes.get("number:display-factor") === undefined) return;
    this.#styles.takeFormatKind(this.#name, this.#kind ?? "shown");
  }
}

/** Reads the formats of numbers, and which of them show anything other than a number without a unit. */
class Formats {
  readonly #styles: Styles;
  readonly #kinds: FormatKinds;
  #name: string | null = null;
  #isOdd = false;
  #count = 0;

  constructor(styles: Styles) {
    this.#styles = styles;
    this.#kinds = new FormatKinds(styles);
  }

  take(name: string, parent: string, attributes: Attributes): void {
    this.end();
    if (!name.startsWith("number:") || !/^office:(?:automatic-)?styles$/.test(parent)) return;
    this.#name = valueIn(attributes, "style:name") ?? "";
    this.#kinds.take(name, attributes);
    this.#isOdd = name !== "number:number-style";
    this.#count = 0;
  }

  takeInner(name: string, attributes: Attributes, level: number): void {
    if (this.#name !== null && level === 1) this.#kinds.takeInner(attributes);
    this.#count += 1;
    if (name !== "number:number" || level > 1 || attributes.get("number:display-factor") !== undefined) {
      this.#isOdd = true;
    }
  }

  end(): void {
    if (this.#name !== null && (this.#isOdd || this.#count !== 1)) this.#styles.takeOddFormat(this.#name);
    this.#name = null;
  }
}
