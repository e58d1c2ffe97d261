/** Which cell styles of an xlsx show a number or a text as something else (18.8). */
import { NumberFormat } from "../../ingest/formats.ts";
import { damaged } from "../limits.ts";
import type { Shared, Styles } from "../shared.ts";
import { Elements, type Take } from "../xml/elements.ts";
import { trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import { isAmong, isChanging } from "./conditional.ts";
import { takeLook } from "./richText.ts";
import { NAMESPACES, unescapedText } from "./spreadsheetMl.ts";

/** The parts of a style of tables that say how values look. */
const BODY = new Set([
  "wholeTable",
  "firstColumn",
  "lastColumn",
  "firstRowStripe",
  "secondRowStripe",
  "firstColumnStripe",
  "secondColumnStripe",
]);

/** A style of cells, by the numbers of its format and its font, and whether it repeats what it shows. */
export type Style = readonly [number: number, font: number, isRepeated: boolean];
/** The alignment in binary formats that repeats what a cell shows, in the lower three bits of a style's alignment. */
export const FILL = 4;

/** Makes the formats of a workbook, each once: a file may have tens of thousands of styles. */
export function stylesOf(
  styles: readonly Style[],
  codes: ReadonlyMap<number, string>,
  isStruck: (font: number) => boolean,
): Styles {
  const known = new Map<number, NumberFormat | null>();
  return styles.map(([number, font, isRepeated]) => {
    const key = 4 * number + 2 * Number(isRepeated) + Number(isStruck(font));
    let format = known.get(key);
    if (format === undefined) {
      const made = new NumberFormat(number, codes.get(number) ?? null, isStruck(font), isRepeated);
      format = made.isPlain ? null : made;
      known.set(key, format);
    }
    return format;
  });
}

/** Formats may stand after the styles that use them, so their codes are looked up at the end. */
export async function readStyles(
  pack: Package,
  part: string,
): Promise<Pick<Shared, "styles" | "changing" | "changingTables">> {
  const codes = new Map<number, string>();
  const styles: Style[] = [];
  const looks: { isHigh: boolean; isStruck: boolean }[] = [];
  let conditions = 0;
  let tableStyle = "";
  const tableFormats: [style: string, place: string][] = [];
  const take: Take = (name, parent, attributes) => {
    if (parent === "numFmts" && name === "numFmt") {
      codes.set(numberOf(attributes.get("numFmtId")), unescapedText(attributes.get("formatCode") ?? ""));
    } else if (parent === "fonts" && name === "font") looks.push({ isHigh: false, isStruck: false });
    else if (parent === "dxfs" && name === "dxf") conditions += 1;
    else if (parent === "tableStyles" && name === "tableStyle") tableStyle = attributes.get("name") ?? "";
    else if (parent === "cellXfs" && name === "xf") {
      const [number, font] = [attributes.get("numFmtId") ?? "0", attributes.get("fontId") ?? "0"];
      styles.push([numberOf(number), numberOf(font), false]);
    }
  };
  const changing = new Set<number>();
  let isInFont = false;
  const elements = new Elements(take, (name, parent, attributes, level) => {
    const look = looks.at(-1);
    if (parent === "fonts" && look && level === 1) takeLook(look, name, attributes);
    if (parent === "tableStyles" && level === 1 && name === "tableStyleElement") {
      if (BODY.has(trimmed(attributes.get("type")) ?? ""))
        tableFormats.push([tableStyle, attributes.get("dxfId") ?? ""]);
    }
    const style = styles.at(-1);
    if (parent === "cellXfs" && level === 1 && name === "alignment" && style) {
      if (trimmed(attributes.get("horizontal")) === "fill")
        styles[styles.length - 1] = [style[0], style[1], true];
    }
    if (parent !== "dxfs") return;
    if (level === 1) isInFont = name === "font";
    const belongs = name === (level === 1 ? "numFmt" : "strike") && (level === 1 || isInFont);
    if (belongs && isChanging(name, attributes)) changing.add(conditions - 1);
  });
  await pack.scan(part, elements, NAMESPACES);
  if (elements.root !== "styleSheet") throw damaged("its part styles holds something else");
  return {
    styles: stylesOf(styles, codes, (font) => looks[font]?.isStruck ?? false),
    changing,
    changingTables: new Set(
      tableFormats.flatMap(([style, place]) => (isAmong(place, changing) ? [style] : [])),
    ),
  };
}

function numberOf(text: string | undefined): number {
  const number = trimmed(text ?? "");
  if (/^[0-9]{1,9}$/.test(number)) return Number(number);
  throw damaged(`its styles have a format or a font with the number “${number.slice(0, 20)}”`);
}
