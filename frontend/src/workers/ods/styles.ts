/**
 * How the styles of an ods show a text: what is struck out or high (OpenDocument 1.3 part 3, 16 and 20).
 * Twin of `src/setpoint/workbook/ods_styles.py`.
 */
import type { Look } from "../looks.ts";
import type { Attributes } from "../xml/attributes.ts";
import { Elements } from "../xml/elements.ts";
import type { Package } from "../zip/package.ts";
import { ODF, valueIn } from "./openDocument.ts";

const RAISED = /^[ \t\r\n]*(?:super|[1-9][0-9.]*%)/;
const MOST_PARENTS = 20;

interface Style {
  readonly parent: string;
  position: string | undefined;
  /** The kind of the line through a text, `none` for one that has none. */
  line: string | undefined;
}

/**
 * The styles of cells and of parts of texts by their families and names. A style has the looks of its parent, unless it
 * says otherwise.
 */
export class Styles {
  readonly #known = new Map<string, Style>();
  #last: Style | null = null;

  /** Takes a `style:style`; what `takeText` hears next belongs to it. */
  take(attributes: Attributes): void {
    this.#last = {
      parent: valueIn(attributes, "style:parent-style-name") ?? "",
      position: undefined,
      line: undefined,
    };
    const [family, name] = [valueIn(attributes, "style:family"), valueIn(attributes, "style:name")];
    this.#known.set(`${family ?? ""} ${name ?? ""}`, this.#last);
  }

  /** Takes a `style:text-properties` of the style before it. */
  takeText(attributes: Attributes): void {
    if (!this.#last) return;
    this.#last.position ??= attributes.get("style:text-position");
    this.#last.line ??=
      valueIn(attributes, "style:text-line-through-style") ??
      valueIn(attributes, "style:text-line-through-type");
  }

  /** Says that the style before it has ended. */
  end(): void {
    this.#last = null;
  }

  /** How a style shows a text; a style that is not known shows it as it is. */
  look(family: string, name: string): Look {
    let position: string | undefined;
    let line: string | undefined;
    let style = this.#known.get(`${family} ${name}`);
    for (let count = 0; style && count < MOST_PARENTS; count++) {
      position ??= style.position;
      line ??= style.line;
      style = this.#known.get(`${family} ${style.parent}`);
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
  const elements = new Elements(
    (name, parent, attributes) => {
      styles.end();
      if (name === "style:style" && parent === "office:styles") styles.take(attributes);
    },
    (name, _parent, attributes) => {
      if (name === "style:text-properties") styles.takeText(attributes);
    },
  );
  await pack.scan("styles.xml", elements, ODF);
  return styles;
}
