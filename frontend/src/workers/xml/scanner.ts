/**
 * A strict XML scanner for text that arrives in pieces.
 *
 * It reports elements by their namespaces, whatever prefix a file chose: the caller names the namespaces that it knows,
 * `{ "http://…/spreadsheetml/2006/main": "" }`, and then gets `row` for `<row>` and for `<x:row>`. An element or
 * attribute of another namespace is `{uri}name`. Comments and processing instructions are passed over.
 *
 * Anything that is not well-formed is an `GrammarError`, and so is every entity but the five that XML itself knows. A
 * document type is a refusal of its own. Nothing is guessed: a part is either XML to its end or an error.
 */

import { GrammarError } from "../grammarError.ts";
import { holdsEntities, notInUtf8 } from "../limits.ts";
import { attributeOf, checkCharacters, isSpace, textOf, withPlainLineEnds } from "./xmlText.ts";

/** Whoever listens to a scanner. `depth` counts from 0, the root. */
export interface XmlListener {
  /** What becomes of text at this place: `take` it, `skip` it, or (`refuse`) only white space may stand here. */
  readonly onText: "take" | "skip" | "refuse";
  open(name: string, depth: number, attributes: Attributes): void;
  close(name: string, depth: number): void;
  text(text: string): void;
}

/** Namespaces that a caller knows, each with the prefix under which it wants to hear of them; "" for none. */
export type Namespaces = Readonly<Record<string, string>>;

interface Name {
  readonly qualified: string;
  readonly prefix: string;
  readonly local: string;
  /** What the listener hears; right as long as `version` is the scanner's. */
  expanded: string;
  expandedAttribute: string;
  version: number;
}

/** A tag or a text may have so many characters; the longest text of a cell has 32,767. */
const MAX_TOKEN = 2_000_000;
const MAX_DEPTH = 200;
const MAX_ATTRIBUTES = 200;
const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
const DECLARATION =
  /^xml\s+version\s*=\s*["'][\w.:-]+["'](?:\s+encoding\s*=\s*["']([^"']*)["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*$/;
const NAME = /^[\p{L}_][\p{L}\p{N}\p{M}_.\-·]*$/u;

/** The attributes of the element that was just opened; good until the listener returns. */
export class Attributes {
  count = 0;
  readonly names: string[] = [];
  readonly raw: string[] = [];

  /** The value of an attribute by its expanded name, or undefined. */
  get(name: string): string | undefined {
    for (let index = 0; index < this.count; index++) {
      if (this.names[index] === name) return attributeOf(this.raw[index] ?? "");
    }
    return undefined;
  }

  /** The value of an attribute by its place, without the white space around it. */
  trimmedAt(index: number): string {
    const raw = this.raw[index] ?? "";
    return isPlain(raw) ? raw : attributeOf(raw).replace(/^ +| +$/g, "");
  }
}

/** Whether a value has neither a reference nor white space, as nearly all have. */
function isPlain(raw: string): boolean {
  for (let at = 0; at < raw.length; at++) {
    const code = raw.charCodeAt(at);
    if (code <= 32 || code === 38) return false;
  }
  return true;
}

export class XmlScanner {
  readonly #listener: XmlListener;
  readonly #known: Namespaces;
  readonly #names = new Map<number, Name[]>();
  readonly #bindings = new Map<string, string>([["xml", XML_NAMESPACE]]);
  /** What to put back when an element that declared namespaces ends. */
  readonly #undo: { depth: number; prefix: string; uri: string | undefined }[] = [];
  readonly #open: Name[] = [];
  readonly #attributes = new Attributes();
  readonly #attributeNames: Name[] = [];
  #version = 1;
  #text = "";
  #at = 0;
  #hasRoot = false;
  /** Whether not a single token was taken yet: only there an XML declaration may stand. */
  #isStart = true;

  constructor(listener: XmlListener, known: Namespaces) {
    this.#listener = listener;
    this.#known = known;
  }

  /** Takes the next piece. Throws `GrammarError` as soon as something is wrong. */
  push(piece: string): void {
    checkCharacters(piece);
    const rest = this.#text.slice(this.#at);
    if (rest.length > MAX_TOKEN) throw new GrammarError("a tag or a text without end");
    this.#text = rest + piece;
    this.#at = 0;
    while (this.#at < this.#text.length && this.#token()) this.#isStart = false;
  }

  /** Says that nothing more comes. Throws `GrammarError` where the document is not whole. */
  end(): void {
    if (this.#at < this.#text.length && !/^[\t\n\r ]*$/.test(this.#text.slice(this.#at))) throw unfinished();
    if (this.#open.length || !this.#hasRoot) throw unfinished();
  }

  /** Takes one token; false where it is not all here yet. */
  #token(): boolean {
    const text = this.#text;
    if (text.charCodeAt(this.#at) !== 60) return this.#takeText();
    switch (text.charCodeAt(this.#at + 1)) {
      case 47: // </
        return this.#takeClose();
      case 63: // <?
        return this.#takeInstruction();
      case 33: // <!
        return this.#takeDeclaration();
      default:
        return this.#takeOpen();
    }
  }

  #takeText(): boolean {
    const start = this.#at;
    const end = this.#text.indexOf("<", start);
    if (end < 0) return false;
    this.#hear(start, end, false);
    this.#at = end;
    return true;
  }

  /** Hands on the characters from `start` to `end` as the listener wants them. */
  #hear(start: number, end: number, isPlain: boolean): void {
    const onText = this.#open.length ? this.#listener.onText : "refuse";
    if (onText === "refuse") {
      for (let at = start; at < end; at++) {
        if (!isSpace(this.#text.charCodeAt(at))) throw new GrammarError("text where none belongs");
      }
      return;
    }
    const piece = this.#text.slice(start, end);
    const text = isPlain ? withPlainLineEnds(piece) : textOf(piece);
    if (onText === "take") this.#listener.text(text);
  }

  #takeInstruction(): boolean {
    const end = this.#text.indexOf("?>", this.#at + 2);
    if (end < 0) return false;
    const instruction = this.#text.slice(this.#at + 2, end);
    if (/^xml(?![\w.:-])/i.test(instruction)) {
      if (!this.#isStart) throw new GrammarError("an XML declaration that does not come first");
      const [, encoding = "utf-8"] = DECLARATION.exec(instruction) ?? [];
      if (!/^(?:utf-8|us-ascii)$/i.test(encoding)) throw notInUtf8();
      if (!DECLARATION.test(instruction)) throw new GrammarError("an XML declaration that is none");
    }
    this.#at = end + 2;
    return true;
  }

  #takeDeclaration(): boolean {
    const text = this.#text;
    const at = this.#at;
    if (text.length < at + 9) return false;
    if (text.startsWith("<!--", at)) {
      const end = text.indexOf("--", at + 4);
      if (end < 0 || text.length < end + 3) return false;
      if (text.charCodeAt(end + 2) !== 62) throw new GrammarError("a comment with -- in it");
      this.#at = end + 3;
      return true;
    }
    if (text.startsWith("<![CDATA[", at) && this.#open.length) {
      const end = text.indexOf("]]>", at + 9);
      if (end < 0) return false;
      this.#hear(at + 9, end, true);
      this.#at = end + 3;
      return true;
    }
    if (text.startsWith("<!DOCTYPE", at)) throw holdsEntities();
    throw new GrammarError("a declaration where none belongs");
  }

  #takeClose(): boolean {
    const text = this.#text;
    const start = this.#at + 2;
    let end = text.indexOf(">", start);
    if (end < 0) return false;
    const next = end + 1;
    while (isSpace(text.charCodeAt(end - 1))) end -= 1;
    const name = this.#open.pop();
    if (!name || name.qualified.length !== end - start || !text.startsWith(name.qualified, start)) {
      throw new GrammarError("tags that do not match");
    }
    this.#at = next;
    this.#close(name);
    return true;
  }

  #close(name: Name): void {
    const depth = this.#open.length;
    this.#listener.close(this.#expanded(name), depth);
    for (let last = this.#undo.at(-1); last?.depth === depth; last = this.#undo.at(-1)) {
      this.#undo.pop();
      if (last.uri === undefined) this.#bindings.delete(last.prefix);
      else this.#bindings.set(last.prefix, last.uri);
      this.#version += 1;
    }
  }

  #takeOpen(): boolean {
    const text = this.#text;
    const start = this.#at + 1;
    let at = start;
    for (let code = text.charCodeAt(at); !endsName(code); code = text.charCodeAt(++at));
    if (at >= text.length) return false;
    const nameEnd = at;
    const attributes = this.#attributes;
    let count = 0;
    let declares = false;
    let isEmpty = false;
    for (;;) {
      const before = at;
      let code = text.charCodeAt(at);
      while (isSpace(code)) code = text.charCodeAt(++at);
      if (code === 62) break;
      if (code === 47) {
        if (at + 1 >= text.length) return false;
        if (text.charCodeAt(at + 1) !== 62) throw new GrammarError("a / in a tag");
        isEmpty = true;
        at += 1;
        break;
      }
      if (at >= text.length) return false;
      if (at === before) throw new GrammarError("attributes that are not parted");
      const from = at;
      for (; !endsName(code); code = text.charCodeAt(++at));
      const to = at;
      while (isSpace(code)) code = text.charCodeAt(++at);
      if (at >= text.length) return false;
      if (code !== 61) throw new GrammarError("an attribute without a value");
      code = text.charCodeAt(++at);
      while (isSpace(code)) code = text.charCodeAt(++at);
      if (at >= text.length) return false;
      if (code !== 34 && code !== 39) throw new GrammarError("an attribute without quotes");
      const end = text.indexOf(code === 34 ? '"' : "'", at + 1);
      if (end < 0) return false;
      if (count === MAX_ATTRIBUTES) throw new GrammarError("more attributes than any format has");
      const name = this.#intern(from, to);
      const value = text.slice(at + 1, end);
      this.#attributeNames[count] = name;
      attributes.raw[count] = value;
      declares ||= name.prefix === "xmlns" || name.qualified === "xmlns";
      count += 1;
      at = end + 1;
    }
    const next = text.indexOf("<", start);
    if (next >= 0 && next < at) throw new GrammarError("a < in a tag");
    attributes.count = count;
    const name = this.#intern(start, nameEnd);
    const depth = this.#open.length;
    if (depth === 0) {
      if (this.#hasRoot) throw new GrammarError("a second root");
      this.#hasRoot = true;
    }
    if (depth === MAX_DEPTH) throw new GrammarError("elements in elements without end");
    if (declares) this.#declare(depth);
    for (let index = 0; index < count; index++) {
      const expanded = this.#expandedAttribute(this.#attributeNames[index] as Name);
      for (let other = 0; other < index; other++) {
        if (attributes.names[other] === expanded) throw new GrammarError("an attribute twice");
      }
      attributes.names[index] = expanded;
      if (attributes.raw[index]?.includes("&")) attributeOf(attributes.raw[index] ?? "");
    }
    this.#at = at + 1;
    this.#open.push(name);
    this.#listener.open(this.#expanded(name), depth, attributes);
    if (isEmpty) {
      this.#open.pop();
      this.#close(name);
    }
    return true;
  }

  #declare(depth: number): void {
    for (let index = 0; index < this.#attributes.count; index++) {
      const { prefix, local, qualified } = this.#attributeNames[index] as Name;
      const declared = qualified === "xmlns" ? "" : prefix === "xmlns" ? local : undefined;
      if (declared === undefined) continue;
      const uri = attributeOf(this.#attributes.raw[index] ?? "");
      if (declared && !uri) throw new GrammarError("a prefix for no namespace");
      this.#undo.push({ depth, prefix: declared, uri: this.#bindings.get(declared) });
      this.#bindings.set(declared, uri);
    }
    this.#version += 1;
  }

  #expanded(name: Name): string {
    if (name.version !== this.#version) this.#expand(name);
    return name.expanded;
  }

  #expandedAttribute(name: Name): string {
    if (name.version !== this.#version) this.#expand(name);
    return name.expandedAttribute;
  }

  #expand(name: Name): void {
    name.version = this.#version;
    if (name.prefix === "xmlns" || name.qualified === "xmlns") {
      name.expanded = name.expandedAttribute = name.qualified;
      return;
    }
    const uri = this.#bindings.get(name.prefix);
    if (uri === undefined && name.prefix)
      throw new GrammarError(`a prefix that is not declared: ${name.prefix}`);
    name.expanded = this.#under(uri ?? "", name.local);
    name.expandedAttribute = name.prefix ? name.expanded : name.local;
  }

  #under(uri: string, local: string): string {
    if (!Object.hasOwn(this.#known, uri)) return `{${uri}}${local}`;
    const prefix = this.#known[uri];
    return prefix ? `${prefix}:${local}` : local;
  }

  /** The name that stands from `start` to `end`; the same object for the same name. */
  #intern(start: number, end: number): Name {
    const text = this.#text;
    const key = text.charCodeAt(start) * 65_536 + text.charCodeAt(end - 1) * 256 + (end - start);
    const bucket = this.#names.get(key);
    if (bucket) {
      for (const name of bucket) {
        if (name.qualified.length === end - start && text.startsWith(name.qualified, start)) return name;
      }
    }
    const qualified = text.slice(start, end);
    const parts = qualified.split(":");
    const [prefix, local] = parts.length === 2 ? (parts as [string, string]) : ["", qualified];
    if (!parts.every((part) => NAME.test(part)) || parts.length > 2)
      throw new GrammarError("a name that is none");
    const name: Name = { qualified, prefix, local, expanded: "", expandedAttribute: "", version: 0 };
    if (bucket) bucket.push(name);
    else this.#names.set(key, [name]);
    return name;
  }
}

/** White space, `/`, `>` and `=` end a name; so does the end of the piece, whose code is NaN. */
function endsName(code: number): boolean {
  return code <= 32 || code === 62 || code === 47 || code === 61 || code === 60 || Number.isNaN(code);
}

function unfinished(): GrammarError {
  return new GrammarError("an end that comes too early");
}
