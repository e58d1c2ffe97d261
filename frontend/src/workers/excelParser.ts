/**
 * Hands a workbook to the worker and puts together what comes back. The page only ever holds this small client.
 *
 * One worker a file: ending it is the cancel, the time limit and the answer to a file that exhausts it. The next one
 * can be prepared while the file is still in the person's hand.
 */
import { type Form, type FoundRow, type Ingested, type Progress, WorkbookError } from "../ingest/index.ts";
import { MAX_READ_MS, tooSlow } from "./limits.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** The specification's worker: it reads, validates and transforms one file. */
export type ExcelParserWorker = Worker;

/** A worker that is loaded, parser and all, and waits for its file. */
let prepared: ExcelParserWorker | null = null;

/** Loads the parser where a file is soon to come: it takes longer than a small file does. */
export function prepareParser(): void {
  if (prepared) return;
  const worker = newWorker();
  worker.onerror = () => {
    if (prepared === worker) prepared = null; // it could not be loaded; the file's own worker will say so
  };
  prepared = worker;
}

function newWorker(): ExcelParserWorker {
  return new Worker(new URL("./excelParser.worker.ts", import.meta.url), { type: "module" });
}

export interface ParseOptions {
  readonly txId?: string;
  /** The name of the sheet that the person chose; the one that comes first where they chose none. */
  readonly sheet?: string | null;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

export interface ParsedFile {
  readonly ingested: Ingested;
  /** The cells of the rows with errors, by the row's number. */
  readonly found: Readonly<Record<number, FoundRow>>;
  /** In hex; empty where the page is not served securely. */
  readonly sha256: string;
}

/**
 * What a workbook, or pasted cells as a text blob, asks for. Rejects with `WorkbookError` where the file is refused,
 * and with the signal's reason soon after it is aborted.
 */
export function parseWorkbook(
  file: Blob,
  form: Form,
  { txId = crypto.randomUUID(), sheet = null, onProgress, signal }: ParseOptions = {},
): Promise<ParsedFile> {
  signal?.throwIfAborted();
  const worker = prepared ?? newWorker();
  prepared = null;
  const send = (message: ToWorker) => worker.postMessage(message);
  const batch: Ingested["batch"] = {
    txId,
    validRows: {},
    errors: [],
    warnings: [],
    summary: { total: 0, valid: 0, invalid: 0 },
  };
  const rows: Record<string, number> = {};
  const found: Record<number, FoundRow> = {};
  let limit: ReturnType<typeof setTimeout> | undefined;
  let onAbort = () => {};
  const parsed = new Promise<ParsedFile>((resolve, reject) => {
    onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    limit = setTimeout(() => reject(tooSlow()), MAX_READ_MS);
    worker.onerror = () => {
      reject(
        new WorkbookError("The file cannot be read: its reader ended. Save it again as xlsx.", "reader_died"),
      );
    };
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      switch (data.type) {
        case "progress":
          onProgress?.(data.progress);
          break;
        case "rows":
          data.machines.forEach((machine, index) => {
            batch.validRows[machine] = data.targets[index] ?? {};
            rows[machine] = data.rows[index] ?? 0;
          });
          send({ type: "ack" });
          break;
        case "issues":
          batch.errors.push(...data.errors);
          batch.warnings.push(...data.warnings);
          send({ type: "ack" });
          break;
        case "found":
          Object.assign(found, data.found);
          send({ type: "ack" });
          break;
        case "done": {
          const { summary, ...place } = data.rest;
          resolve({ ingested: { batch: { ...batch, summary }, rows, ...place }, found, sha256: data.sha256 });
          break;
        }
        case "refused":
          reject(new WorkbookError(data.message, data.code));
      }
    };
    send({ type: "parse", file, form, sheet });
  });
  return parsed.finally(() => {
    clearTimeout(limit);
    signal?.removeEventListener("abort", onAbort);
    worker.terminate();
  });
}
