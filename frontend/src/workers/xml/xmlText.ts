/** The characters of XML: which ones a document may contain, and what references and line ends mean (XML
 * 1.0). */
import { GrammarError } from "../grammarError.ts";

const NAMED: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const REFERENCE = /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|(\w{1,8}));|&/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what XML forbids
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

export function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13;
}

/** Throws `GrammarError` for a piece of a document with a character that XML forbids. */
export function checkCharacters(piece: string): void {
  if (FORBIDDEN.test(piece)) throw new GrammarError("a character that XML forbids");
}

/** What the characters between two tags stand for. */
export function textOf(raw: string): string {
  if (raw.includes("]]>")) throw new GrammarError("a ]]> in a text");
  const text = withPlainLineEnds(raw);
  return text.includes("&") ? text.replace(REFERENCE, resolved) : text;
}

/** The meaning of an attribute's value: white space counts as spaces. */
export function attributeOf(raw: string): string {
  const text = /[\t\n\r]/.test(raw) ? raw.replace(/\r\n|[\t\n\r]/g, " ") : raw;
  return text.includes("&") ? text.replace(REFERENCE, resolved) : text;
}

/** The same text with each line end as one line feed, as XML counts them. */
export function withPlainLineEnds(raw: string): string {
  return raw.includes("\r") ? raw.replace(/\r\n?/g, "\n") : raw;
}

function resolved(_whole: string, hex?: string, decimal?: string, name?: string): string {
  if (name !== undefined && Object.hasOwn(NAMED, name)) return NAMED[name] as string;
  if (hex === undefined && decimal === undefined)
    throw new GrammarError("a reference that XML does not know");
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    throw new GrammarError("a reference to no character");
  const text = String.fromCodePoint(code);
  if (FORBIDDEN.test(text)) throw new GrammarError("a reference to a character that XML forbids");
  return text;
}
