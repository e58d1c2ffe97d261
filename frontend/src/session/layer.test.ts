/** The layer can be put into any application: it knows nothing of the board. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";

const SOURCE = join(import.meta.dirname, "..");
const LAYER = ["contract", "link", "store", "ingest", "preview", "session", "hooks", "workers", "zod.ts"];
const IMPORTED = /(?:from|import|URL)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;

/** The files of the layer that are shipped. */
function shipped(folder: string): string[] {
  return readdirSync(join(SOURCE, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."))
    .map((name) => join(folder, name));
}

test.each(LAYER.filter((name) => name !== "zod.ts"))("%s imports only the layer", (folder) => {
  const files = shipped(folder);
  expect(files.length).toBeGreaterThan(0);
  const outside = files.flatMap((file) =>
    [...readFileSync(join(SOURCE, file), "utf8").matchAll(IMPORTED)]
      .map(([, path = ""]) => normalize(join(dirname(file), path)))
      .filter((path) => !LAYER.includes(path.split("/")[0] ?? ""))
      .map((path) => `${file} imports ${path}`),
  );
  expect(outside).toEqual([]);
});

test.each(["format", "ui"])("%s imports no feature", (folder) => {
  const features = shipped(folder).filter((file) =>
    /"[./]*features\//.test(readFileSync(join(SOURCE, file), "utf8")),
  );
  expect(features).toEqual([]);
});
