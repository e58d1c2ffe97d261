/**
 * A strict XML scanner for text that arrives in pieces.
 *
 * It reports elements by their namespaces, whatever prefix a file chose: the caller names the namespaces that it knows,
 * `{ "http://…/spreadsheetml/2006/main": "" }`, and then gets `row` for `<row>` and for `<x:row>`. An element or
 * attribute of another namespace is `{uri}name`. Comments and processing instructions are passed over.
 *
 * Anything that is not well-formed is a `GrammarError`, and so is every entity but the five that XML itself knows. A
 * document type is a refusal of its own. Nothing is guessed: a part is either XML to its end or an error.
 */

import { GrammarError } from "../grammarError.ts";
import { holdsEntities, notInUtf8 } from "../limits.ts";
import { Attributes } from "./attributes.ts";
import { isName, type Name, Names, type Namespaces } from "./names.ts";
import { checkCharacters, isSpace, textOf, withPlainLineEnds } from "./xmlText.ts";

/** The listener of a scanner. `depth` counts from 0, the root. */
export interface XmlListener {
  /** What to do with text at this place: `take` it, `skip` it, or (`refuse`) allow only white space. */
  readonly onText: "take" | "skip" | "refuse";
  open(name: string, depth: number, attributes: Attributes): void;
  close(name: string, depth: number): void;
  /** Characters of a text, from `start` to `end` in `source`; a text may come in several pieces. */
  text(source: string, start: number, end: number): void;
}

/** The most characters of a tag or a text; the longest text of a cell has 32,767. */
const MAX_TOKEN = 1_000_000;
const MAX_DEPTH = 200;
const MAX_ATTRIBUTES = 200;
const DECLARATION =
  /^xml\s+version\s*=\s*["'][\w.:-]+["'](?:\s+encoding\s*=\s*["']([^"']*)["'])?(?:\s+standalone\s*=\s*["'](?:yes|no)["'])?\s*$/;

export class XmlScanner {
  readonly #listener: XmlListener;
  readonly #names: Names;
  readonly #open: Name[] = [];
  readonly #attributes = new Attributes();
  readonly #attributeNames: Name[] = [];
  #text = "";
  #at = 0;
  /** Whether the text contains an `&`: few sheets do. */
  #hasReferences = false;
  /** Whether a text may have a line end to be made plain, or a `]]>`. */
  #hasOddities = false;
  #hasRoot = false;
  /** Whether not a single token was taken yet: only there an XML declaration may stand. */
  #isStart = true;

  constructor(listener: XmlListener, known: Namespaces) {
    this.#listener = listener;
    this.#names = new Names(known);
  }

  /** Takes the next piece. Throws `GrammarError` as soon as something is wrong. */
  push(piece: string): void {
    checkCharacters(piece);
    const rest = this.#text.slice(this.#at);
    if (rest.length > MAX_TOKEN) throw new GrammarError("a tag or a text without end");
    this.#text = rest + piece;
    this.#at = 0;
    this.#hasReferences = this.#text.includes("&");
    this.#hasOddities = this.#text.includes("\r") || this.#text.includes("]]>");
    while (this.#at < this.#text.length && this.#token()) this.#isStart = false;
  }

  /** Ends the document. Throws `GrammarError` if it is not complete. */
  end(): void {
    if (this.#at < this.#text.length && !/^[\t\n\r ]*$/.test(this.#text.slice(this.#at))) throw unfinished();
    if (this.#open.length || !this.#hasRoot) throw unfinished();
  }

  /** Takes one token; false if it is not all here yet. */
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
      const isMarkup = !isPlain && this.#hasReferences && this.#open.length > 0;
      const piece = isMarkup ? textOf(this.#text.slice(start, end)) : this.#text;
      for (let at = isMarkup ? 0 : start; at < (isMarkup ? piece.length : end); at++) {
        if (!isSpace(piece.charCodeAt(at))) throw new GrammarError("text where none belongs");
      }
      return;
    }
    if (!isPlain && !this.#hasReferences && !this.#hasOddities) {
      if (onText === "take") this.#listener.text(this.#text, start, end);
      return;
    }
    const piece = this.#text.slice(start, end);
    const text = isPlain ? withPlainLineEnds(piece) : textOf(piece);
    if (onText === "take") this.#listener.text(text, 0, text.length);
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
    } else if (!isName(/^[^\t\n\r ]*/.exec(instruction)?.[0] ?? "")) {
      throw new GrammarError("an instruction without a name");
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
    if (text.startsWith("<!DOCTYPE", at) || text.startsWith("<!ENTITY", at)) throw holdsEntities();
    throw new GrammarError("a declaration where none belongs");
  }

  #takeClose(): boolean {
    const text = this.#text;
    const start = this.#at + 2;
    const name = this.#open[this.#open.length - 1];
    if (!name) throw new GrammarError("tags that do not match");
    let at = start + name.qualified.length;
    while (isSpace(text.charCodeAt(at))) at += 1;
    if (at >= text.length) {
      if (text.indexOf(">", start) >= 0) throw new GrammarError("tags that do not match");
      return false;
    }
    if (text.charCodeAt(at) !== 62 || !text.startsWith(name.qualified, start)) {
      throw new GrammarError("tags that do not match");
    }
    this.#at = at + 1;
    this.#close(name);
    return true;
  }

  #close(name: Name): void {
    this.#open.pop();
    const depth = this.#open.length;
    this.#listener.close(this.#names.element(name), depth);
    this.#names.leave(depth);
  }

  #takeOpen(): boolean {
    const text = this.#text;
    const start = this.#at + 1;
    const nameEnd = this.#nameEnd(start);
    const end = this.#takeAttributes(nameEnd);
    if (end < 0) return false;
    const isEmpty = text.charCodeAt(end) === 47;
    const name = this.#names.at(text, start, nameEnd);
    const depth = this.#open.length;
    if (depth === 0) {
      if (this.#hasRoot) throw new GrammarError("a second root");
      this.#hasRoot = true;
    }
    if (depth === MAX_DEPTH) throw new GrammarError("elements in elements without end");
    this.#expandAttributes(depth);
    this.#at = end + (isEmpty ? 2 : 1);
    this.#open.push(name);
    if (name.prefix === "xmlns") throw new GrammarError("a prefix that is reserved");
    this.#listener.open(this.#names.element(name), depth, this.#attributes);
    if (isEmpty) this.#close(name);
    return true;
  }

  /** Where a name ends: before white space, `/`, `>`, `=` or `<`, or with the text. */
  #nameEnd(start: number): number {
    const text = this.#text;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code <= 32 || code === 62 || code === 47 || code === 61 || code === 60) break;
    }
    return at;
  }

  /** Takes the attributes of a tag from `start`; returns where its `>` or `/>` is, -1 if a part of it has not come yet. */
  #takeAttributes(start: number): number {
    const text = this.#text;
    const attributes = this.#attributes;
    let count = 0;
    let at = start;
    for (;;) {
      const before = at;
      let code = text.charCodeAt(at);
      while (isSpace(code)) code = text.charCodeAt(++at);
      if (at >= text.length) return -1;
      if (code === 62) break;
      if (code === 47) {
        if (at + 1 >= text.length) return -1;
        if (text.charCodeAt(at + 1) !== 62) throw new GrammarError("a / in a tag");
        break;
      }
      if (at === before) throw new GrammarError("attributes that are not parted");
      const to = this.#nameEnd(at);
      const value = this.#valueStart(to);
      if (value < 0) return -1;
      const end = this.#valueEnd(value, text.charCodeAt(value - 1));
      if (end < 0) return -1;
      if (count === MAX_ATTRIBUTES) throw new GrammarError("more attributes than any format has");
      this.#attributeNames[count] = this.#names.at(text, at, to);
      attributes.from[count] = value;
      attributes.to[count] = end;
      count += 1;
      at = end + 1;
    }
    attributes.count = count;
    attributes.source = text;
    return at;
  }

  /** Where the value of the attribute whose name ends at `at` starts; -1 if it has not come yet. */
  #valueStart(from: number): number {
    const text = this.#text;
    let at = from;
    while (isSpace(text.charCodeAt(at))) at += 1;
    if (at >= text.length) return -1;
    if (text.charCodeAt(at) !== 61) throw new GrammarError("an attribute without a value");
    do at += 1;
    while (isSpace(text.charCodeAt(at)));
    if (at >= text.length) return -1;
    const code = text.charCodeAt(at);
    if (code !== 34 && code !== 39) throw new GrammarError("an attribute without quotes");
    return at + 1;
  }

  #valueEnd(start: number, quote: number): number {
    const text = this.#text;
    for (let at = start; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) return at;
      if (code === 60) throw new GrammarError("a < in an attribute");
    }
    return -1;
  }

  /** Takes what the attributes declare, and gives each the name under which the listener knows it. */
  #expandAttributes(depth: number): void {
    const attributes = this.#attributes;
    for (let index = 0; index < attributes.count; index++) {
      const name = this.#attributeNames[index] as Name;
      if (name.isDeclaration) this.#names.declare(name, attributes.valueAt(index), depth);
    }
    for (let index = 0; index < attributes.count; index++) {
      const expanded = this.#names.attribute(this.#attributeNames[index] as Name);
      for (let other = 0; other < index; other++) {
        if (attributes.names[other] === expanded) throw new GrammarError("an attribute twice");
      }
      attributes.names[index] = expanded;
      if (this.#hasReferences) attributes.valueAt(index); // a bad reference is an error, even if unread
    }
  }
}

function unfinished(): GrammarError {
  return new GrammarError("an end that comes too early");
}
