/**
 * What passes between the page and the worker that reads workbooks.
 *
 * The page sends one `ParseRequest`. The worker answers with `progress`, or with `refused` and is done. Otherwise it
 * sends what it found in pieces of 500 rows: targets, then errors and warnings, then the cells of the rows with errors;
 * each after the page's `ack` of the one before, so that no message blocks the page for more than a millisecond. Then
 * comes `done`. To cancel, the page ends the worker: nothing of it is left.
 */
import type { Form, FoundRow, Ingested, Issue, Progress, Targets } from "../ingest/index.ts";

export const PIECE_ROWS = 500;

export interface ParseRequest {
  readonly type: "parse";
  readonly file: Blob;
  readonly form: Form;
  readonly txId: string;
}

export type ToWorker = ParseRequest | { readonly type: "ack" };

export type FromWorker =
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "rows"; readonly validRows: Targets; readonly rows: Readonly<Record<string, number>> }
  | { readonly type: "issues"; readonly errors: readonly Issue[]; readonly warnings: readonly Issue[] }
  | { readonly type: "found"; readonly found: Readonly<Record<number, FoundRow>> }
  | { readonly type: "done"; readonly rest: Rest; readonly sha256: string }
  | { readonly type: "refused"; readonly code: string; readonly message: string };

/** All of `Ingested` that does not grow with the rows, and the revs. */
export type Rest = Pick<Ingested, "sheet" | "headerRow" | "base"> & Pick<Ingested["batch"], "summary">;
