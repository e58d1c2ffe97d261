/** What the parts of an xlsx have in common: namespaces, texts and simple types (ECMA-376 part 1, 18 and 22.9). */
import { LONE } from "../looks.ts";
import type { Namespaces } from "../xml/names.ts";

export const NAMESPACES: Namespaces = {
  "": "",
  "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "",
  "http://purl.oclc.org/ooxml/spreadsheetml/main": "",
  "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
  "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
  "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
  "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main": "x14",
  "http://schemas.microsoft.com/office/excel/2006/main": "xm",
};

const ESCAPED = /_x([0-9A-Fa-f]{4})_/g;

/**
 * A text with its escapes resolved (22.9.2.19): `Plan_x0020_48` is `Plan 48`, and `_x005F_` stands for `_` itself. Each
 * escape is a UTF-16 unit; half a pair is U+FFFD.
 */
export function unescapedText(text: string): string {
  if (!text.includes("_x")) return text;
  return text
    .replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(LONE, "\ufffd");
}
