/**
 * The records of a preview: the targets, what is known, what was shown, and the rows.
 * Twin of `src/setpoint/core/preview/types.py`.
 */

import type { By, Value, Record as Values } from "../contract/index.ts";
import type { Message } from "../contract/message.ts";
import type { Issue } from "../ingest/index.ts";

/** The states of a row, the ones that need attention first. */
export const STATES = ["error", "conflict", "blocked", "waiting", "change", "unchanged"] as const;
export type State = (typeof STATES)[number];

/**
 * The reasons for a row's state, with their arguments; issues of a workbook keep their own codes.
 *
 * `stop`: line, status, since. `quality`: line, quality. `read-only`: line; the person may see it but may not change
 * it. `changed` (since the workbook was prepared, or since the batch that is undone): by, name, and at if known.
 * `changed-since-shown`: these and `was`, the value that was shown. `cleared-since-shown`: barrier, what blocked the
 * machine when the row was shown but no longer does. `not-allowed`: the field does not take the value.
 */
export type NoteCode =
  | "stop"
  | "quality"
  | "read-only"
  | "changed"
  | "changed-since-shown"
  | "cleared-since-shown"
  | "not-allowed";

/**
 * Why nothing can be sent now: machines that are not known yet (PRE-2), an all-or-nothing batch with rows that cannot
 * be sent, or no ticked row.
 */
export type Hold = "waiting" | "all-or-nothing" | "nothing";

export type ByField<T> = Readonly<Record<string, Readonly<Record<string, T>>>>;

/**
 * Targets by machine and field, and where they come from.
 *
 * `rows` are the spreadsheet's numbers by machine. `base` are the revs as of the workbook's template: a field that has
 * a later one is in conflict. `undoes` are the revs of the batch to undo: a later write is a conflict, a stop is not.
 */
export interface Asked {
  readonly targets: ByField<Value>;
  readonly rows: Readonly<Record<string, number>>;
  readonly base: ByField<number>;
  readonly undoes: ByField<number>;
  readonly errors: readonly Issue[];
  readonly warnings: readonly Issue[];
}

export interface PreviewField {
  readonly name: string;
  readonly type: "number" | "choice" | "text";
  readonly minimum?: number | null;
  readonly maximum?: number | null;
  readonly options?: readonly string[];
  readonly isWritable?: boolean;
  readonly column?: string;
  readonly tolerance?: number | null;
}

/** The part of the plant's description that a preview needs. */
export interface PreviewPlant {
  readonly idColumn: string;
  readonly fields: readonly PreviewField[];
  readonly fieldsByName: ReadonlyMap<string, PreviewField>;
  readonly machines: ReadonlyMap<string, { readonly line: string; readonly mayChange: boolean }>;
}

/** Who or what changed a field last. `written`: the rev of the last change that was not a stop. */
export interface Change {
  readonly machine: string;
  readonly field: string;
  readonly rev: number;
  readonly written: number;
  readonly by?: By | null | undefined;
  readonly at: number;
}

/** The plant as it is known at this instant: the server's own values, without pending targets. */
export interface Known {
  readonly plant: PreviewPlant;
  record(machine: string): Values | undefined;
  revs(machine: string): { readonly [field: string]: number } | undefined;
  /** Undefined if it was not fetched. */
  change(machine: string, field: string): Change | undefined;
}

/** The state of a field as the person saw it: its rev, its value, and what blocked its machine (PRE-1). */
export interface Mark {
  readonly rev: number;
  readonly now: Value;
  readonly barrier: string | null;
}

/** One remark beside a row: a code and its arguments; `message` is the text of a workbook's issue. */
export interface Note {
  readonly code: string;
  readonly args: { readonly [name: string]: Value };
  readonly message: Message | null;
}

/**
 * One target, or one error of the workbook, which names no machine.
 *
 * `base` is the rev that was shown and is sent. `delta` and `percent` are there if both values are numbers.
 */
export interface Row {
  readonly key: string;
  readonly state: State;
  readonly row: number | null;
  readonly machine: string | null;
  readonly field: string | null;
  readonly now: Value;
  readonly target: Value;
  readonly delta: number | null;
  readonly percent: number | null;
  readonly notes: readonly Note[];
  /** The notes that come from the workbook itself: values that were converted. */
  readonly remarks: readonly Note[];
  readonly hasWarning: boolean;
  readonly hasMoved: boolean;
  readonly canSend: boolean;
  readonly isTicked: boolean;
  readonly base: number | null;
}

/** One thing that blocks machines, and how many rows it blocks. */
export interface Barrier {
  readonly note: Note;
  readonly count: number;
}

/**
 * `states` count rows; `wrongRows` counts rows of the workbook; a row may have several errors. `sending` are
 * ticked rows, `left` those that would change something but will not be sent, `moved` those that changed since they
 * were shown, `awaited` the waiting ones that the person has not left out. Barriers come most frequent first.
 */
export interface Totals {
  readonly states: { readonly [state in State]: number };
  readonly wrongRows: number;
  readonly warnings: number;
  readonly moved: number;
  readonly awaited: number;
  readonly sending: number;
  readonly left: number;
  readonly barriers: readonly Barrier[];
}
