/** The names in a document, each made once, with their meaning by the namespaces that are declared at their place. */
import { GrammarError } from "../grammarError.ts";

/** Namespaces that a caller knows, each with the prefix under which names are reported to it; "" for none. */
export type Namespaces = Readonly<Record<string, string>>;

export interface Name {
  readonly qualified: string;
  readonly prefix: string;
  readonly local: string;
  readonly isDeclaration: boolean;
  /** As an element and as an attribute; right as long as `version` is that of the names. */
  element: string;
  attribute: string;
  version: number;
}

const XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE = "http://www.w3.org/2000/xmlns/";
const PART = /^(?!.*[\u{10000}-\u{10ffff}])[\p{L}_][\p{L}\p{N}\p{M}_.\-·]*$/u;

/** Whether it is a name without a prefix (XML 1.0, fourth edition). */
export function isName(text: string): boolean {
  return PART.test(text);
}

export class Names {
  readonly #known: Namespaces;
  readonly #bindings = new Map<string, string>([["xml", XML_NAMESPACE]]);
  /** What to put back when an element that declared namespaces ends. */
  readonly #undo: { depth: number; prefix: string; uri: string | undefined }[] = [];
  /** Names of one letter by its code: most of the elements and attributes of a sheet. */
  readonly #short: (Name | undefined)[] = new Array(128);
  readonly #long = new Map<number, Name[]>();
  #version = 1;

  constructor(known: Namespaces) {
    this.#known = known;
  }

  /** The name from `start` to `end`; the same object for the same name. */
  at(text: string, start: number, end: number): Name {
    const code = text.charCodeAt(start);
    if (end - start === 1 && code < 128) {
      const short = this.#short[code];
      if (short) return short;
      const made = nameOf(text.slice(start, end));
      this.#short[code] = made;
      return made;
    }
    const key = code * 65_536 + text.charCodeAt(end - 1) * 256 + (end - start);
    const bucket = this.#long.get(key);
    for (const name of bucket ?? []) {
      if (name.qualified.length === end - start && text.startsWith(name.qualified, start)) return name;
    }
    const name = nameOf(text.slice(start, end));
    if (bucket) bucket.push(name);
    else this.#long.set(key, [name]);
    return name;
  }

  /** What an element's name means here: its local name, with the prefix of the caller. */
  element(name: Name): string {
    if (name.version !== this.#version) this.#expand(name);
    return name.element;
  }

  /** The same for an attribute, which without a prefix is in no namespace. */
  attribute(name: Name): string {
    if (name.version !== this.#version) this.#expand(name);
    // No attribute that counts has a prefix of the format's own namespace, so nobody knows what it means.
    if (name.prefix && this.#known[this.#bindings.get(name.prefix) ?? ""] === "" && !name.isDeclaration) {
      throw new GrammarError("an attribute with a prefix of its own format");
    }
    return name.attribute;
  }

  /** Takes what an element at this depth declares. */
  declare({ qualified, local }: Name, uri: string, depth: number): void {
    const prefix = qualified === "xmlns" ? "" : local;
    if (prefix && !uri) throw new GrammarError("a prefix for no namespace");
    if (prefix === "xmlns" || uri === XMLNS_NAMESPACE || (prefix === "xml") !== (uri === XML_NAMESPACE)) {
      throw new GrammarError("a prefix that is reserved");
    }
    if (uri.includes("}")) throw new GrammarError("a namespace with a }");
    this.#undo.push({ depth, prefix, uri: this.#bindings.get(prefix) });
    this.#bindings.set(prefix, uri);
    this.#version += 1;
  }

  /** Forgets what the element at this depth declared, as it ends. */
  leave(depth: number): void {
    for (let last = this.#undo.at(-1); last?.depth === depth; last = this.#undo.at(-1)) {
      this.#undo.pop();
      if (last.uri === undefined) this.#bindings.delete(last.prefix);
      else this.#bindings.set(last.prefix, last.uri);
      this.#version += 1;
    }
  }

  #expand(name: Name): void {
    name.version = this.#version;
    const { prefix, local, qualified, isDeclaration } = name;
    const uri = this.#bindings.get(prefix);
    if (isDeclaration) name.element = name.attribute = qualified;
    else if (uri === undefined && prefix) throw new GrammarError(`a prefix that is not declared: ${prefix}`);
    else {
      name.element = this.#under(uri ?? "", local);
      name.attribute = prefix ? name.element : local;
    }
  }

  #under(uri: string, local: string): string {
    if (!Object.hasOwn(this.#known, uri)) return `{${uri}}${local}`;
    const prefix = this.#known[uri];
    return prefix ? `${prefix}:${local}` : local;
  }
}

function nameOf(qualified: string): Name {
  const parts = qualified.split(":");
  if (!parts.every((part) => PART.test(part)) || parts.length > 2) {
    throw new GrammarError("a name that is none");
  }
  const [prefix, local] = parts.length === 2 ? (parts as [string, string]) : ["", qualified];
  const isDeclaration = prefix === "xmlns" || qualified === "xmlns";
  return { qualified, prefix, local, isDeclaration, element: "", attribute: "", version: 0 };
}
