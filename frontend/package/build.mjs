/**
 * Builds the layer as the package `setpoint-live` and packs it: `npm run package`, or `node package/build.mjs FOLDER`.
 *
 *     layer.js                  the layer; React, zustand and zod come from the application
 *     excelParser.worker.js     the worker with everything that it needs
 *     types/                    declarations
 *
 * The layer names its worker by `new Worker(new URL("./excelParser.worker.js", import.meta.url))`, which Vite and webpack
 * both bundle. Prints the path of the tarball.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const HERE = dirname(fileURLToPath(import.meta.url));
const FRONTEND = join(HERE, "..");
const SOURCE = join(FRONTEND, "src");
const OUT = resolve(process.argv[2] ?? join(FRONTEND, "dist/setpoint-live"));

const WORKER = "excelParser.worker";
const APPLICATION = /^(react|zustand|zod)(\/|$)/;

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
await build({
  input: join(SOURCE, "layer.ts"),
  external: APPLICATION,
  plugins: [
    {
      name: "worker-address",
      transform(code, id) {
        if (!id.endsWith("excelParser.ts")) return null;
        const renamed = code.replace(`./${WORKER}.ts`, `./${WORKER}.js`);
        if (renamed === code) this.error("excelParser.ts no longer names its worker as expected");
        return { code: renamed };
      },
    },
  ],
  output: { file: join(OUT, "layer.js"), format: "esm", minify: false, comments: false },
});
await build({
  input: join(SOURCE, `workers/${WORKER}.ts`),
  output: { file: join(OUT, `${WORKER}.js`), format: "esm", minify: true, codeSplitting: false },
});
const tsc = join(FRONTEND, "node_modules/typescript/bin/tsc");
execFileSync(process.execPath, [tsc, "-p", join(HERE, "tsconfig.json"), "--outDir", join(OUT, "types")], {
  stdio: ["ignore", "inherit", "inherit"],
});
for (const name of readdirSync(join(OUT, "types"), { recursive: true, encoding: "utf8" })) {
  if (!name.endsWith(".d.ts")) continue;
  const path = join(OUT, "types", name);
  writeFileSync(path, readFileSync(path, "utf8").replace(/(["'])(\.{1,2}\/[^"']+)\.tsx?\1/g, "$1$2.js$1"));
}
for (const name of ["package.json", "README.md"]) cpSync(join(HERE, name), join(OUT, name));
cpSync(join(FRONTEND, "../LICENSE"), join(OUT, "LICENSE"));
const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts"], { cwd: OUT, encoding: "utf8" });
process.stdout.write(`${join(OUT, JSON.parse(packed)[0].filename)}\n`);
