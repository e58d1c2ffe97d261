/**
 * Reads a workbook away from the page (XL-8): bytes to cells with SheetJS, cells to a `ParsedBatch` with `ingest`.
 * The conversation is in `messages.ts`; this file is the only one that imports SheetJS, so it loads when needed.
 */
import { type Issue, ingest, WorkbookError } from "../ingest/index.ts";
import { type FromWorker, type ParseRequest, PIECE_ROWS, type ToWorker } from "./messages.ts";
import { readSheets } from "./readSheets.ts";

let acknowledged: (() => void) | null = null;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "ack") acknowledged?.();
  else void answer(data);
};

async function answer({ file, form, txId }: ParseRequest): Promise<void> {
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const sha256 = await digest(bytes);
    const steps = ingest(await readSheets(bytes), form, txId);
    let step = steps.next();
    for (; !step.done; step = steps.next()) say({ type: "progress", progress: step.value });
    const { batch, rows, ...rest } = step.value;
    const keys = Object.keys(batch.validRows);
    for (let start = 0; start < keys.length; start += PIECE_ROWS) {
      const piece = keys.slice(start, start + PIECE_ROWS);
      await told({ type: "rows", validRows: pick(batch.validRows, piece), rows: pick(rows, piece) });
    }
    for (const [errors, warnings] of pieces(batch.errors, batch.warnings)) {
      await told({ type: "issues", errors, warnings });
    }
    say({ type: "done", rest: { ...rest, summary: batch.summary }, sha256 });
  } catch (error) {
    const { code, message } =
      error instanceof WorkbookError
        ? error
        : { code: "damaged", message: `The file cannot be read: ${String(error)}` };
    say({ type: "refused", code, message });
  }
}

function say(message: FromWorker): void {
  self.postMessage(message);
}

/** Resolves when the page has taken the message in. */
function told(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    acknowledged = resolve;
    say(message);
  });
}

function pick<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  const piece: Record<string, T> = {};
  for (const key of keys) {
    const value = record[key];
    if (value !== undefined) piece[key] = value;
  }
  return piece;
}

function* pieces(errors: readonly Issue[], warnings: readonly Issue[]): Generator<[Issue[], Issue[]]> {
  for (let start = 0; start < Math.max(errors.length, warnings.length); start += PIECE_ROWS) {
    yield [errors.slice(start, start + PIECE_ROWS), warnings.slice(start, start + PIECE_ROWS)];
  }
}

/** The file's SHA-256 in hex. Browsers keep `crypto.subtle` from pages without TLS; those load a slower one. */
async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = self.crypto.subtle
    ? new Uint8Array(await self.crypto.subtle.digest("SHA-256", bytes))
    : (await import("@noble/hashes/sha2.js")).sha256(bytes);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
