/**
 * Reads a workbook away from the page (XL-8): bytes to cells with `readSheets`, cells to a `ParsedBatch` with `gather`.
 * The conversation is in `messages.ts`.
 */

import { machineId } from "../contract/index.ts";
import {
  BatchUploadSchema,
  foreignNames,
  foundIn,
  gather,
  haveLetters,
  type Targets,
  WorkbookError,
} from "../ingest/index.ts";
import { kindOf } from "./fileKind.ts";
import { checkSize } from "./limits.ts";
import { type FromWorker, type ParseRequest, PIECE_ROWS, PIECES_AHEAD, type ToWorker } from "./messages.ts";
import { readSheets } from "./readSheets.ts";
import { warmUp } from "./warmUp.ts";

let ahead = 0;
let acknowledged: (() => void) | null = null;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "parse") void answer(data);
  else {
    ahead -= 1;
    acknowledged?.();
  }
};

void warmUp();

async function answer({ file, form, sheet, encoding }: ParseRequest): Promise<void> {
  let isText = false;
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    checkSize(bytes.length);
    isText = kindOf(bytes) === "text";
    const sha256 = await digest(bytes);
    const sheets = await readSheets(bytes, foreignNames(form), encoding);
    const steps = gather(sheets, form, sheet);
    let step = steps.next();
    for (; !step.done; step = steps.next()) post({ type: "progress", progress: step.value });
    const { machines, targets, rows, errors, warnings, ...rest } = step.value;
    const schema = BatchUploadSchema(form.fields, haveLetters(form.machines));
    for (let start = 0; start < machines.length; start += PIECE_ROWS) {
      const cut = <T>(list: readonly T[]) => list.slice(start, start + PIECE_ROWS);
      const piece = { machines: cut(machines), targets: cut(targets), rows: cut(rows) };
      validate(schema, piece.machines, piece.targets);
      await send({ type: "rows", ...piece });
    }
    for (const piece of pieces(errors)) await send({ type: "issues", errors: piece, warnings: [] });
    for (const piece of pieces(warnings)) await send({ type: "issues", errors: [], warnings: piece });
    const found = foundIn(sheets, form, step.value);
    for (const piece of pieces(Object.entries(found))) {
      await send({ type: "found", found: Object.fromEntries(piece) });
    }
    post({ type: "done", rest, sha256, isText });
  } catch (error) {
    const { code, message, args } =
      error instanceof WorkbookError
        ? error
        : { code: "reader_died", message: readerFailed(error), args: {} };
    post({ type: "refused", code, message, args, isText });
  }
}

/** The refusal of a file on which the reader failed unexpectedly. The fault may be in the file or in the reader. */
function readerFailed(error: unknown): string {
  return `The file cannot be read: its reader failed (${String(error).slice(0, 200)}). Save it again as xlsx.`;
}

/** The specification's stage "Validate (Zod)". Throws `WorkbookError` for a row that the schema does not take. */
function validate(
  schema: ReturnType<typeof BatchUploadSchema>,
  machines: readonly string[],
  targets: readonly Targets[string][],
): void {
  const rows = machines.map((machine, index) => ({ machineId: machineId(machine), ...targets[index] }));
  const checked = schema.safeParse(rows);
  if (checked.success) return;
  const [issue] = checked.error.issues;
  const at = rows[Number(issue?.path[0])]?.machineId ?? "a row";
  throw new WorkbookError(`The row of ${at} does not fit this plant: ${issue?.message}.`, "invalid_row");
}

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** Sends a message, and resolves when the page can take the next one. */
async function send(message: FromWorker): Promise<void> {
  post(message);
  ahead += 1;
  if (ahead < PIECES_AHEAD) return;
  await new Promise<void>((resolve) => {
    acknowledged = resolve;
  });
}

function* pieces<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < list.length; start += PIECE_ROWS) yield list.slice(start, start + PIECE_ROWS);
}

/** The file's SHA-256 in hex. Browsers keep `crypto.subtle` from pages without TLS; those load a slower one. */
async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = self.crypto.subtle
    ? new Uint8Array(await self.crypto.subtle.digest("SHA-256", bytes))
    : (await import("@noble/hashes/sha2.js")).sha256(bytes);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
