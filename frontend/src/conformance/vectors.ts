/**
 * Loads the conformance vectors for the tests, checks them against their schema, and refuses a version that it does
 * not know. Twin of `tests/conformance/vectors.py`. For tests only: it reads the repository's files.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "../zod.ts";

export type Suite = "link" | "store" | "protocol" | "ingest" | "preview" | "formats" | "shown" | "said";

export interface Step {
  readonly atMs?: number;
  readonly event: unknown;
  readonly effects?: readonly unknown[];
  readonly state?: unknown;
  readonly error?: { readonly [key: string]: unknown };
}

export interface Vector {
  readonly name: string;
  readonly rules: readonly string[];
  readonly start?: unknown;
  readonly steps: readonly Step[];
}

interface VectorFile {
  readonly suite: Suite;
  readonly vectors: readonly Vector[];
}

const ROOT = fileURLToPath(new URL("../../../conformance/", import.meta.url));

function read(path: string): unknown {
  return JSON.parse(readFileSync(ROOT + path, "utf8"));
}

const schema = z.fromJSONSchema(read("vector.schema.json") as z.core.JSONSchema.JSONSchema);

/** Every vector of a suite, with the name of its test: file, sentence, rules. */
export function vectors(suite: Suite): { title: string; vector: Vector }[] {
  const files = readdirSync(`${ROOT}vectors/${suite}`)
    .filter((file) => file.endsWith(".json"))
    .sort();
  if (!files.length) throw new Error(`no vectors in conformance/vectors/${suite}`);
  return files.flatMap((file) => {
    const checked = schema.safeParse(read(`vectors/${suite}/${file}`));
    if (!checked.success) throw new Error(`${file} is no file of vectors: ${z.prettifyError(checked.error)}`);
    const found = checked.data as VectorFile;
    if (found.suite !== suite) throw new Error(`${file} says it is of suite ${found.suite}`);
    const names = new Set(found.vectors.map(({ name }) => name));
    if (names.size !== found.vectors.length) throw new Error(`${file} has two vectors of one name`);
    return found.vectors.map((vector) => ({
      title: `${file.replace(".json", "")}: ${vector.name} [${vector.rules.join(", ")}]`,
      vector,
    }));
  });
}
