/**
 * The board's reader for other programs (XL-9): one workbook a line in, what the board makes of it a line out.
 *
 *     npm run -s workbooks
 *     in    {"path": "/tmp/a.xlsx", "form": {…}}      `form` as the ingest has it; without one only the sheets are read
 *     out   {"sheets": […], "ingested": {…} | null}   or   {"error": {"code": "damaged", "message": "…"}}
 *
 * It runs until its standard input ends. An error of another kind than a refusal ends it: that is a fault of the reader.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const load = async (path) =>
  (await runnerImport(path, { root: ROOT, configFile: false, logLevel: "error" })).module;
const { parseSheets, readSheets, WorkbookError } = await load("/src/conformance/reader.ts");

async function answer({ path, form }) {
  try {
    const sheets = await readSheets(new Uint8Array(readFileSync(path)));
    return { sheets, ingested: form ? parseSheets(sheets, form, "") : null };
  } catch (error) {
    if (!(error instanceof WorkbookError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
