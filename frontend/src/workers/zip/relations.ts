/** How the parts of a package point to each other (ECMA-376 part 2, 6.5). */
import { GrammarError } from "../grammarError.ts";
import { damaged, notXml } from "../limits.ts";
import { Elements } from "../xml/elements.ts";
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
 * The relations of a part by their ids; those of the package itself for the name "". None if it has none. Rejects
 * with `WorkbookError` for a part that is not XML.
 */
export async function relationsOf(pack: Package, part: string): Promise<Map<string, Relation>> {
  const cut = part.lastIndexOf("/") + 1;
  const folder = part.slice(0, cut);
  const found = new Map<string, Relation>();
  const elements = new Elements((_name, parent, attributes) => {
    if (parent || trimmed(attributes.get("TargetMode")) === "External") return;
    const type = trimmed(attributes.get("Type")) ?? "";
    const target = resolved(folder, trimmed(attributes.get("Target")) ?? "");
    const id = trimmed(attributes.get("Id")) ?? "";
    if (found.has(id)) throw damaged(`two of its relationships have the id “${id.slice(0, 20)}”`);
    found.set(id, {
      type: type.slice(type.lastIndexOf("/") + 1),
      // Where no part has the name as it is written, `%20` stands for a space.
      target: pack.has(target) ? target : withoutPercents(target),
    });
  });
  const name = `${folder}_rels/${part.slice(cut)}.rels`;
  try {
    if (pack.has(name)) await pack.scan(name, elements, NAMESPACES);
  } catch (error) {
    throw error instanceof GrammarError ? notXml() : error;
  }
  return found;
}

/** The only relation of this type, or undefined. Throws `WorkbookError` if there are two that differ. */
export function relationOf(relations: ReadonlyMap<string, Relation>, type: string): Relation | undefined {
  const found = [...relations.values()].filter((relation) => relation.type === type);
  if (new Set(found.map(({ target }) => target)).size > 1)
    throw damaged(`it names two parts of the kind ${type}`);
  return found[0];
}

/** A target from the folder of the part that names it; `\` is taken for `/`, as some programs write it. */
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
