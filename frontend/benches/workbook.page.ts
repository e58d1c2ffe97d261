/** The page of the workbook bench. It runs one side in the worker, or reads as the board does. */
import type { Form } from "../src/ingest/index.ts";
import { parseWorkbook } from "../src/workers/excelParser.ts";
import type { Side } from "./workbook.worker.ts";

const FORM_FIELD = { unit: "", minimum: null, maximum: null, options: [], isWritable: true, aliases: [] };

function formOf(rows: number): Form {
  return {
    idColumn: "Machine ID",
    idAliases: [],
    fields: [
      {
        ...FORM_FIELD,
        name: "targetSpeed",
        type: "number",
        minimum: 0,
        maximum: 3000,
        column: "Target Speed",
        isRequired: true,
      },
      {
        ...FORM_FIELD,
        name: "mode",
        type: "choice",
        options: ["RUN", "IDLE", "MAINTENANCE"],
        column: "Mode",
        isRequired: false,
      },
    ],
    machines: Array.from({ length: rows }, (_, number) => `m_${number}`),
  };
}

async function load(rows: number): Promise<Blob> {
  return (await fetch(`/${rows}.xlsx`)).blob();
}

/** Runs one side once, in a new worker. Returns the milliseconds from the bytes to the end. */
async function side(name: Side, rows: number): Promise<number> {
  const file = await load(rows);
  const worker = new Worker(new URL("./workbook.worker.ts", import.meta.url), { type: "module" });
  try {
    return await new Promise<number>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ side: name, file, form: formOf(rows) });
    });
  } finally {
    worker.terminate();
  }
}

/** Reads as the board does. Returns the time until everything is on the page. */
async function page(rows: number): Promise<{ ms: number; valid: number }> {
  const file = await load(rows);
  const form = formOf(rows);
  const began = performance.now();
  const { ingested } = await parseWorkbook(file, form);
  const ms = performance.now() - began;
  return { ms, valid: ingested.batch.summary.valid };
}

Object.assign(window, { bench: { side, page } });
