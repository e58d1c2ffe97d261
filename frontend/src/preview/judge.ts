/**
 * Compares one target with its machine. Twin of `src/setpoint/core/preview/judge.py`.
 *
 * The server checks again, and its decision counts. This predicts it from what the client knows.
 */
import type { Value, Record as Values } from "../contract/index.ts";
import { isCritical } from "../store/machine/types.ts";
import { isSame } from "./same.ts";
import type { Asked, Change, Known, Mark, Note, NoteCode, PreviewField, State } from "./types.ts";

const MAX_TEXT = 200;

export interface Wanted {
  readonly machine: string;
  readonly field: PreviewField;
  readonly target: Value;
}

export interface Judged {
  readonly state: State;
  readonly notes: readonly Note[];
  readonly hasMoved?: boolean;
}

const WAITING: Judged = { state: "waiting", notes: [] };
const UNCHANGED: Judged = { state: "unchanged", notes: [] };
const CHANGE: Judged = { state: "change", notes: [] };

/** The state of one row. `mark` holds the shown values of the field, null before it was shown. */
export function judge(asked: Asked, known: Known, wanted: Wanted, mark: Mark | null): Judged {
  const { machine, field, target } = wanted;
  if (!isAllowed(field, target)) return { state: "error", notes: [noteOf("not-allowed")] };
  const record = known.record(machine);
  if (!record) return WAITING;
  if (isSame(field, record[field.name], target)) return UNCHANGED;
  const about = known.plant.machines.get(machine);
  const line = about?.line ?? "";
  if (!about?.mayChange) return { state: "blocked", notes: [noteOf("read-only", { line })] };
  const barrier = barrierNote(record, line);
  if (barrier) return { state: "blocked", notes: [barrier] };
  if (record[field.name] === undefined) return WAITING;
  const change = changeOf(known, machine, field.name);
  if (mark && hasMoved(known, machine, field, mark)) {
    return { state: "conflict", notes: [movedNote(record, mark, change)], hasMoved: true };
  }
  if (isInConflict(asked, known, machine, field.name, change)) {
    return { state: "conflict", notes: [noteOf("changed", who(change))] };
  }
  return CHANGE;
}

/** The present state of a field; null while its machine is not known. */
export function markOf(known: Known, machine: string, field: string): Mark | null {
  const record = known.record(machine);
  if (!record) return null;
  const barrier = barrierOf(record);
  const now = record[field];
  if (now === undefined && barrier === null) return null;
  return { rev: revOf(known, machine, field), now: now ?? null, barrier };
}

/** Whether a person, a stop or the machine itself has changed a field since it was shown (PRE-1). */
export function hasMoved(known: Known, machine: string, field: PreviewField, mark: Mark): boolean {
  const record = known.record(machine) ?? {};
  const own = record[field.name] ?? null;
  if (revOf(known, machine, field.name) !== mark.rev) return true;
  if (own !== mark.now && !isSame(field, own, mark.now)) return true;
  return mark.barrier !== null && mark.barrier !== barrierOf(record);
}

/** What blocks a machine: its critical status, otherwise its quality; null if nothing does (SAFE-1, SAFE-4). */
export function barrierOf({ status, quality }: Values): string | null {
  if (isCritical(status)) return String(status);
  return quality === undefined || quality === null || quality === "GOOD" ? null : String(quality);
}

/** A field that was never changed has no rev on the wire: its rev is 0. */
function revOf(known: Known, machine: string, field: string): number {
  return known.revs(machine)?.[field] ?? 0;
}

function barrierNote(record: Values, line: string): Note | null {
  const barrier = barrierOf(record);
  if (barrier === null) return null;
  return isCritical(barrier)
    ? noteOf("stop", { line, status: barrier, since: record.sinceSeen ? null : (record.since ?? null) })
    : noteOf("quality", { line, quality: barrier });
}

/** Whether others moved the field since the workbook was prepared, or since the batch that is undone. */
function isInConflict(
  asked: Asked,
  known: Known,
  machine: string,
  field: string,
  change: Change | undefined,
): boolean {
  const rev = revOf(known, machine, field);
  const base = asked.base[machine]?.[field];
  if (base !== undefined && rev > base) return true;
  const undone = asked.undoes[machine]?.[field];
  if (undone === undefined || rev <= undone) return false;
  return change?.written !== undone;
}

/** Who changed it last; null if the answer is older than the rev. */
function changeOf(known: Known, machine: string, field: string): Change | undefined {
  const change = known.change(machine, field);
  return change && change.rev >= revOf(known, machine, field) ? change : undefined;
}

function movedNote(record: Values, mark: Mark, change: Change | undefined): Note {
  if (mark.barrier !== null && mark.barrier !== barrierOf(record)) {
    return noteOf("cleared-since-shown", { barrier: mark.barrier });
  }
  return noteOf("changed-since-shown", { ...who(change), was: mark.now });
}

/** A person, the machine itself, or a stop (CONF-2). */
function who(change: Change | undefined): Note["args"] {
  return change?.by ? { by: change.by.kind, name: change.by.name ?? "", at: change.at } : {};
}

function noteOf(code: NoteCode, args: Note["args"] = {}): Note {
  return { code, args, message: null };
}

/** Whether the field accepts the value. */
function isAllowed({ type, minimum, maximum, options, isWritable }: PreviewField, value: Value): boolean {
  if (!isWritable) return false;
  if (type === "choice") return typeof value === "string" && (options ?? []).includes(value);
  if (type === "text") return typeof value === "string" && value.length <= MAX_TEXT;
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  return value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity);
}
