/**
 * Passes a workbook to the worker and assembles the result. The page only loads this small client.
 *
 * There is one worker for each file: ending it implements cancel, the time limit, and the answer to a file that
 * exhausts memory. The next worker can be prepared while the person is still choosing a file.
 */
import { newTxId } from "../contract/txId.ts";
import { type Form, type FoundRow, type Ingested, type Progress, WorkbookError } from "../ingest/index.ts";
import { MAX_READ_MS, tooSlow } from "./limits.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** The sheet and encoding to read, and a callback for progress. */
export interface ParseOptions {
  readonly txId?: string;
  /** The name of the chosen sheet; by default the first one. */
  readonly sheet?: string | null;
  /** The chosen encoding of a csv file; by default the reader detects it. */
  readonly encoding?: string | null;
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** The result: targets and errors, the rows with errors cell by cell, and the file's SHA-256. */
export interface ParsedFile {
  readonly ingested: Ingested;
  /** The cells of the rows with errors, by the row's number. */
  readonly found: Readonly<Record<number, FoundRow>>;
  /** In hex; empty if the page is not served securely. */
  readonly sha256: string;
  /** Whether the file is text, which may be in another encoding than it was read in. */
  readonly isText: boolean;
}

/** A refusal of the worker. `isText`: the file is text, and another encoding may help. */
export class RefusedFile extends WorkbookError {
  readonly isText: boolean;

  constructor({ message, code, args, isText }: Extract<FromWorker, { type: "refused" }>) {
    super(message, code, args);
    this.isText = isText;
  }
}

/**
 * The specification's worker: it reads, validates and transforms one file in a thread of its own. It loads its parser as
 * soon as it is made.
 */
export class ExcelParserWorker {
  readonly #worker = new Worker(new URL("./excelParser.worker.ts", import.meta.url), { type: "module" });
  #isBroken = false;

  constructor() {
    this.#worker.onerror = () => {
      this.#isBroken = true;
    };
  }

  /** Whether it could not be loaded. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /**
   * Reads a workbook, or pasted cells as a text blob. Call it once for each worker, which ends afterwards. Rejects with
   * `WorkbookError` if the file is refused, and with the signal's reason soon after it is aborted.
   */
  async parse(file: Blob, form: Form, options: ParseOptions = {}): Promise<ParsedFile> {
    try {
      return await this.#parse(file, form, options);
    } finally {
      this.#worker.terminate();
    }
  }

  #parse(
    file: Blob,
    form: Form,
    { txId = newTxId(), sheet = null, encoding = null, onProgress, signal }: ParseOptions,
  ): Promise<ParsedFile> {
    signal?.throwIfAborted();
    const worker = this.#worker;
    const send = (message: ToWorker) => worker.postMessage(message);
    const parts = new Parts(txId);
    let limit: ReturnType<typeof setTimeout> | undefined;
    let onAbort = () => {};
    const parsed = new Promise<ParsedFile>((resolve, reject) => {
      onAbort = () => reject(signal?.reason);
      signal?.addEventListener("abort", onAbort, { once: true });
      limit = setTimeout(() => reject(tooSlow()), MAX_READ_MS);
      worker.onerror = () => reject(died());
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
        if (data.type === "progress") onProgress?.(data.progress);
        else if (data.type === "refused") reject(new RefusedFile(data));
        else if (data.type === "done") resolve(parts.whole(data));
        else {
          parts.add(data);
          send({ type: "ack" });
        }
      };
      send({ type: "parse", file, form, sheet, encoding });
    });
    return parsed.finally(() => {
      clearTimeout(limit);
      signal?.removeEventListener("abort", onAbort);
    });
  }
}

function died(): WorkbookError {
  return new WorkbookError(
    "The file cannot be read: its reader ended. Save it again as xlsx.",
    "reader_died",
  );
}

/** The data that the worker has sent so far. */
class Parts {
  readonly #batch: Ingested["batch"];
  readonly #rows: Record<string, number> = {};
  readonly #found: Record<number, FoundRow> = {};

  constructor(txId: string) {
    const summary = { total: 0, valid: 0, invalid: 0 };
    this.#batch = { txId, validRows: {}, errors: [], warnings: [], summary };
  }

  add(piece: Piece): void {
    switch (piece.type) {
      case "rows":
        piece.machines.forEach((machine, index) => {
          this.#batch.validRows[machine] = piece.targets[index] ?? {};
          this.#rows[machine] = piece.rows[index] ?? 0;
        });
        return;
      case "issues":
        this.#batch.errors.push(...piece.errors);
        this.#batch.warnings.push(...piece.warnings);
        return;
      case "found":
        Object.assign(this.#found, piece.found);
    }
  }

  whole({ rest, sha256, isText }: Extract<FromWorker, { type: "done" }>): ParsedFile {
    const { summary, ...place } = rest;
    const batch = { ...this.#batch, summary };
    return { ingested: { batch, rows: this.#rows, ...place }, found: this.#found, sha256, isText };
  }
}

type Piece = Extract<FromWorker, { type: "rows" | "issues" | "found" }>;

/** A worker that has loaded its parser and waits for its file. */
let prepared: ExcelParserWorker | null = null;

/** Loads the parser when a file is about to come, because loading takes longer than reading a small file. */
export function prepareParser(): void {
  if (!prepared || prepared.isBroken) prepared = new ExcelParserWorker();
}

/** As `ExcelParserWorker.parse`, by the worker that is prepared, or by a new one. */
export async function parseWorkbook(file: Blob, form: Form, options: ParseOptions = {}): Promise<ParsedFile> {
  options.signal?.throwIfAborted();
  const worker = prepared && !prepared.isBroken ? prepared : new ExcelParserWorker();
  prepared = null;
  return worker.parse(file, form, options);
}
