/** Which cell styles of an xlsx show a number or a text as something else (18.8). */
import { NumberFormat } from "../../ingest/formats.ts";
import { damaged } from "../limits.ts";
import type { Styles } from "../shared.ts";
import { Elements } from "../xml/elements.ts";
import { trimmed } from "../xml/values.ts";
import type { Package } from "../zip/package.ts";
import { NAMESPACES, unescapedText } from "./spreadsheetMl.ts";

/** Makes the formats of a workbook, each code once: a file may have tens of thousands of styles. */
export function stylesOf(formats: readonly number[], codes: ReadonlyMap<number, string>): Styles {
  const known = new Map<number, NumberFormat | null>();
  return formats.map((number) => {
    let format = known.get(number);
    if (format === undefined) {
      const made = new NumberFormat(number, codes.get(number) ?? null);
      format = made.isPlain ? null : made;
      known.set(number, format);
    }
    return format;
  });
}

/** Formats may stand after the styles that use them, so their codes are looked up at the end. */
export async function readStyles(pack: Package, part: string): Promise<Styles> {
  const codes = new Map<number, string>();
  const formats: number[] = [];
  const elements = new Elements((name, parent, attributes) => {
    if (parent === "numFmts" && name === "numFmt") {
      codes.set(numberOf(attributes.get("numFmtId")), unescapedText(attributes.get("formatCode") ?? ""));
    } else if (parent === "cellXfs" && name === "xf")
      formats.push(numberOf(attributes.get("numFmtId") ?? "0"));
  });
  await pack.scan(part, elements, NAMESPACES);
  if (elements.root !== "styleSheet") throw damaged("its part styles holds something else");
  return stylesOf(formats, codes);
}

function numberOf(text: string | undefined): number {
  const said = trimmed(text ?? "");
  if (/^[0-9]{1,9}$/.test(said)) return Number(said);
  throw damaged(`its styles have a number format with the number “${said.slice(0, 20)}”`);
}
