/** How the parts of a package point to each other (ECMA-376 part 2, 6.5). */
import { GrammarError } from "../grammarError.ts";
import { damaged, notXml } from "../limits.ts";
import type { Attributes, XmlListener } from "../xml/scanner.ts";
import { trimmed } from "../xml/values.ts";
import type { Package } from "./package.ts";

export interface Relation {
  /** The last word of its type: `worksheet`, `sharedStrings`, `officeDocument`. */
  readonly type: string;
  /** The name of the part that it points to. */
  readonly target: string;
}

const NAMESPACES = { "": "", "http://schemas.openxmlformats.org/package/2006/relationships": "" };

/**
 * The relations of a part by their ids; those of the package itself for the name "". None where it has none. Rejects
 * with `WorkbookError` for what is no XML.
 */
export async function relationsOf(pack: Package, part: string): Promise<Map<string, Relation>> {
  const cut = part.lastIndexOf("/") + 1;
  const listener = new RelationListener(pack, part.slice(0, cut));
  const name = `${part.slice(0, cut)}_rels/${part.slice(cut)}.rels`;
  try {
    if (pack.has(name)) await pack.scan(name, listener, NAMESPACES);
  } catch (error) {
    throw error instanceof GrammarError ? notXml() : error;
  }
  return listener.found;
}

class RelationListener implements XmlListener {
  readonly onText = "skip";
  readonly found = new Map<string, Relation>();
  readonly #pack: Package;
  readonly #folder: string;

  constructor(pack: Package, folder: string) {
    this.#pack = pack;
    this.#folder = folder;
  }

  open(_name: string, depth: number, attributes: Attributes): void {
    if (depth !== 1) return;
    if (trimmed(attributes.get("TargetMode")) === "External") return;
    const type = trimmed(attributes.get("Type")) ?? "";
    const target = trimmed(attributes.get("Target")) ?? "";
    this.found.set(trimmed(attributes.get("Id")) ?? "", {
      type: type.slice(type.lastIndexOf("/") + 1),
      target: this.#resolved(target),
    });
  }

  close(): void {}

  text(): void {}

  /** A target from the folder of the part that names it; where no part has that name, `%20` stands for a space. */
  #resolved(target: string): string {
    const path = resolved(this.#folder, target);
    return this.#pack.has(path) ? path : withoutPercents(path);
  }
}

/** The only relation of this type, or undefined. Throws `WorkbookError` where there are two that differ. */
export function relationOf(relations: ReadonlyMap<string, Relation>, type: string): Relation | undefined {
  const found = [...relations.values()].filter((relation) => relation.type === type);
  if (new Set(found.map(({ target }) => target)).size > 1)
    throw damaged(`it names two parts of the kind ${type}`);
  return found[0];
}

function resolved(folder: string, target: string): string {
  const plain = target.replaceAll("\\", "/");
  const path: string[] = [];
  for (const step of (plain.startsWith("/") ? plain : folder + plain).split("/")) {
    if (step === "..") path.pop();
    else if (step && step !== ".") path.push(step);
  }
  return path.join("/");
}

function withoutPercents(target: string): string {
  try {
    return decodeURIComponent(target);
  } catch {
    return target;
  }
}
