/**
 * The messages between the page and the worker that reads workbooks.
 *
 * The page sends one `ParseRequest`. The worker answers with `progress`, or with `refused` and is done. Otherwise it
 * sends its result in pieces of 500 rows: first targets, then errors and warnings, then the cells of the rows with
 * errors. The page acknowledges each piece, and the worker is never more than a few pieces ahead, so that no message
 * blocks the page for more than a millisecond or two. Then comes `done`. To cancel, the page ends the worker: nothing
 * of it is left.
 */
import type { MessageArgs } from "../contract/message.ts";
import type { Form, FoundRow, Gathered, Issue, Progress, Targets } from "../ingest/index.ts";

export const PIECE_ROWS = 500;
/**
 * How many chunks may wait for the page, which handles each in a separate task. Meanwhile the worker fills the next.
 */
export const PIECES_AHEAD = 4;

export interface ParseRequest {
  readonly type: "parse";
  readonly file: Blob;
  readonly form: Form;
  /** The name of the sheet that the person chose; null for the one that comes first. */
  readonly sheet: string | null;
  /** The chosen encoding of a csv file; null if the reader must detect it. */
  readonly encoding: string | null;
}

export type ToWorker = ParseRequest | { readonly type: "ack" };

export type FromWorker =
  | { readonly type: "progress"; readonly progress: Progress }
  | Rows
  | { readonly type: "issues"; readonly errors: readonly Issue[]; readonly warnings: readonly Issue[] }
  | { readonly type: "found"; readonly found: Readonly<Record<number, FoundRow>> }
  | { readonly type: "done"; readonly rest: Rest; readonly sha256: string; readonly isText: boolean }
  | {
      readonly type: "refused";
      readonly code: string;
      readonly message: string;
      readonly args: MessageArgs;
      /** Whether the file is text, so that another encoding may help. */
      readonly isText: boolean;
    };

/**
 * Machines, and the targets and the row of each. They are lists, because a record of 500 new names is slow to take
 * apart.
 */
export interface Rows {
  readonly type: "rows";
  readonly machines: readonly string[];
  readonly targets: readonly Targets[string][];
  readonly rows: readonly number[];
}

/** All of `Gathered` that does not grow with the rows, and the revs. */
export type Rest = Pick<Gathered, "sheet" | "headerRow" | "sheets" | "base" | "summary">;
