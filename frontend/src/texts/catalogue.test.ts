/** The catalogue is whole: nothing missing, unused, untranslated, or loaded later than it is shown. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { FluentBundle, FluentResource } from "@fluent/bundle";
import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "..");
const CATALOGUE = join(SOURCE, "../../src/setpoint/texts");
const ID = /^([a-zA-Z][\w-]*) = /gm;

/** Only other languages than English show these texts, and they are loaded whole. */
const SENTENCES = "format/sentences.ts";

/** Words that German people say as English people do. */
const SAME_IN_BOTH = new Set(readFileSync(join(CATALOGUE, "same.txt"), "utf8").split("\n").filter(Boolean));

type Texts = ReadonlyMap<string, string>;

/** Id to source, of the folders that the board reads. */
function textsOf(language: string, folders = ["board", "pages"]): Texts {
  const found = new Map<string, string>();
  for (const folder of folders)
    for (const name of readdirSync(join(CATALOGUE, language, folder))) {
      const source = readFileSync(join(CATALOGUE, language, folder, name), "utf8");
      const starts = [...source.matchAll(ID)];
      for (const [at, start] of starts.entries()) {
        const id = start[1] ?? "";
        expect(found.has(id), `${id} is twice in the catalogue`).toBe(false);
        const end = starts[at + 1]?.index ?? source.length;
        found.set(
          id,
          source
            .slice(start.index + start[0].length, end)
            .replace(/^#.*$/gm, "")
            .trim(),
        );
      }
    }
  return found;
}

const english = textsOf("en");
const german = textsOf("de");

function shipped(): ReadonlyMap<string, string> {
  const names = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter(
    (name) => /\.tsx?$/.test(name) && !/\.test\.|^(testing|conformance)\//.test(name),
  );
  return new Map(names.map((name) => [name, readFileSync(join(SOURCE, name), "utf8")]));
}

const sources = shipped();

const quoted = (text: string): string[] => [...text.matchAll(/"([\w-]+)"/g)].map(([, each = ""]) => each);
const prefixes = (text: string): string[] =>
  [...text.matchAll(/`([a-zA-Z][\w-]*-)\$\{/g)].map(([, each = ""]) => each);

/** The ids in the first argument of each `t(…)` and `rich(…)`; a text that it only compares with is not an id. */
function literals(source: string): string[] {
  return [...source.matchAll(/(?<![\w.])(?:t|rich)\(/g)].flatMap((call) => {
    let depth = 0;
    let at = call.index + call[0].length;
    const begin = at;
    for (; at < source.length; at += 1) {
      const letter = source.charAt(at);
      if (depth === 0 && (letter === "," || letter === ")")) break;
      if ("([{".includes(letter)) depth += 1;
      if (")]}".includes(letter)) depth -= 1;
    }
    return quoted(source.slice(begin, at).replace(/[!=]== "[^"]*"/g, ""));
  });
}

test("every text that the board uses is in the catalogue", () => {
  const missing = [...sources].flatMap(([name, source]) =>
    literals(source)
      .filter((id) => !english.has(id))
      .map((id) => `${name}: ${id}`),
  );
  expect(missing).toEqual([]);
});

test("every text of the catalogue is used", () => {
  const all = [...sources.values()].join("\n");
  const ids = new Set(quoted(all));
  const families = prefixes(all);
  const unused = [...english.keys()].filter(
    (id) => !ids.has(id) && !families.some((family) => id.startsWith(family)),
  );
  expect(unused).toEqual([]);
});

test("both languages have the same texts with the same arguments", () => {
  const shape = (texts: Texts) =>
    [...texts].map(([id, text]) => {
      const args = new Set([...text.matchAll(/\$(\w+)/g)].map(([, name]) => name));
      return `${id}(${[...args].sort().join(", ")})`;
    });
  expect(shape(german)).toEqual(shape(english));
});

test("every text is translated", () => {
  const words = (text: string) => text.replace(/\{[^}]*\}/g, "");
  const same = [...german].filter(
    ([id, text]) => text === english.get(id) && /\p{L}{2}/u.test(words(text)) && !SAME_IN_BOTH.has(id),
  );
  expect(same.map(([id]) => id)).toEqual([]);
});

test.each(["en", "de"])("the catalogue in %s is Fluent", (language) => {
  for (const folder of ["board", "pages"])
    for (const name of readdirSync(join(CATALOGUE, language, folder))) {
      const source = readFileSync(join(CATALOGUE, language, folder, name), "utf8");
      const bundle = new FluentBundle(language);
      expect(bundle.addResource(new FluentResource(source))).toEqual([]);
      const missing = [...source.matchAll(ID)].filter(([, id = ""]) => !bundle.hasMessage(id));
      expect(missing.map(([, id]) => `${name}: ${id}`)).toEqual([]);
    }
});

test("the first load does not wait for the texts of other pages", () => {
  const later = textsOf("en", ["pages"]);
  const files = [...firstLoad("main.tsx")].filter((name) => name !== SENTENCES);
  const early = files.flatMap((name) =>
    quoted(sources.get(name) ?? "")
      .filter((id) => later.has(id))
      .map((id) => `${name}: ${id}`),
  );
  expect(early).toEqual([]);
});

/** The files that come with the page: what is imported, and not by a dynamic import or for its types alone. */
function firstLoad(entry: string): ReadonlySet<string> {
  const found = new Set([entry]);
  for (const name of found)
    for (const [, path = ""] of (sources.get(name) ?? "").matchAll(
      /^(?:import|export)(?! type)[^;]*?"(\.{1,2}\/[^"]+\.tsx?)";/gm,
    ))
      found.add(relative(SOURCE, normalize(join(SOURCE, dirname(name), path))));
  return found;
}

test("every reason for a refusal has its text", () => {
  const python = readFileSync(join(SOURCE, "../../src/setpoint/contract/http/problems.py"), "utf8");
  const codes = [...python.matchAll(/^ {4}[A-Z_]+ = "([a-z-]+)"$/gm)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(50);
  expect(codes.filter((code) => !german.has(`problem-${code}`))).toEqual([]);
});
