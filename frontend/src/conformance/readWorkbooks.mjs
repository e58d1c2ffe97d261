/**
 * The board's reader for other programs (XL-9): each line of input names a workbook, each line of output has the
 * result.
 *
 *     npm run -s workbooks
 *     in    {"path": "/tmp/a.xlsx", "form": {…}, "encoding": "…"}   `form` as the ingest has it; without one only the
 *                                                  sheets are read; `encoding` as a person chose it, if they did
 *     out   {"sheets": […], "ingested": {…} | null}   or   {"error": {"code": "damaged", "message": "…"}}
 *
 * It runs until its standard input ends. Any error other than a refusal is a fault of the reader, and ends the program.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the reader into a folder of its own, and loads it. */
async function load(folder) {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    ssr: { noExternal: true },
    build: { ssr: "src/conformance/reader.ts", outDir: folder, emptyOutDir: true },
  });
  return import(join(folder, "reader.js"));
}

async function answer(
  { path, form, encoding = null },
  { foreignNames, parseSheets, readSheets, WorkbookError },
) {
  try {
    const sheets = await readSheets(new Uint8Array(readFileSync(path)), form && foreignNames(form), encoding);
    return { sheets, ingested: form ? parseSheets(sheets, form, "") : null };
  } catch (error) {
    if (!(error instanceof WorkbookError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

const folder = mkdtempSync(join(tmpdir(), "setpoint-reader-"));
try {
  const reader = await load(folder);
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line), reader))}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
