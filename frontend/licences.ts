/**
 * The licences of the packages that a build contains, as one text. A licence that does not go with Apache-2.0 fails it.
 *
 * What is bundled is what the lock does not mark as of development only; types are no code. The server serves the text as
 * `/licences.txt`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const COMPATIBLE = new Set(["0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"]);
const RULE = "-".repeat(80);

interface Locked {
  readonly version: string;
  readonly license: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

export interface Bundled extends Locked {
  readonly name: string;
  readonly path: string;
}

export function bundledPackages(frontend: string): Bundled[] {
  const lock = JSON.parse(readFileSync(join(frontend, "package-lock.json"), "utf8"));
  return Object.entries<Locked>(lock.packages)
    .filter(([path, each]) => path !== "" && !each.dev && !each.optional)
    .map(([path, each]) => ({ path, name: path.replace(/^.*node_modules\//, ""), ...each }))
    .filter(({ name }) => !name.startsWith("@types/") && name !== "csstype")
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function licencesText(frontend: string): string {
  const packages = bundledPackages(frontend);
  const refused = packages.filter(({ license }) => !COMPATIBLE.has(license));
  if (refused.length > 0) {
    const named = refused.map(({ name, license }) => `${name} (${license})`).join(", ");
    throw new Error(
      `the licence of ${named} is none of ${[...COMPATIBLE].join(", ")}; see frontend/licences.ts`,
    );
  }
  const parts = packages.map(
    ({ path, name, version, license }) =>
      `${RULE}\n${name} ${version} (${license})\n${RULE}\n\n${ownText(join(frontend, path), license)}\n`,
  );
  return `The board contains these packages, each under its own licence.\n\n${parts.join("\n")}`;
}

function ownText(folder: string, license: string): string {
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  return file
    ? readFileSync(join(folder, file), "utf8").trim()
    : `The package has no text of its licence, ${license}.`;
}
