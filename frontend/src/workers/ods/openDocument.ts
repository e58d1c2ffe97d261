/** Shared by all parts of an ods: namespaces and simple values (OpenDocument 1.3 part 3). */

import { damaged } from "../limits.ts";
import type { Attributes } from "../xml/attributes.ts";
import type { Namespaces } from "../xml/names.ts";
import { trimmed } from "../xml/values.ts";

export const ODF: Namespaces = {
  "urn:oasis:names:tc:opendocument:xmlns:office:1.0": "office",
  "urn:oasis:names:tc:opendocument:xmlns:table:1.0": "table",
  "urn:oasis:names:tc:opendocument:xmlns:text:1.0": "text",
  "urn:oasis:names:tc:opendocument:xmlns:style:1.0": "style",
  "urn:oasis:names:tc:opendocument:xmlns:config:1.0": "config",
  "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0": "number",
  "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0": "manifest",
  "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0": "calcext",
};

/** An attribute's value without the white space around it; undefined if there is none. */
export function valueIn(attributes: Attributes, name: string): string | undefined {
  return trimmed(attributes.get(name));
}

/** How often something is repeated; once if the attribute is missing. Throws `WorkbookError` if it is not a count. */
export function countOf(attributes: Attributes, name: string): number {
  const count = valueIn(attributes, name) ?? "1";
  if (/^[1-9][0-9]{0,8}$/.test(count)) return Number(count);
  throw damaged(`it says that something is repeated “${count.slice(0, 20)}” times`);
}
