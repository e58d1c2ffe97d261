/**
 * All rows of a preview: what was shown, what the person ticked, what is sent (PRE-1, PRE-2).
 *
 *     preview = look(newPreview(asked), known)                     shown for the first time
 *     preview = look(preview, known)                               again, whenever a machine changed
 *     preview = tick(preview, ["m_402 targetSpeed"], true, known)
 *     const { updates, base } = sendsOf(preview)                   what was shown is what is sent
 *
 * A row keeps a mark: the values of its field that were shown when the row was first shown or last ticked.
 * Any change of the field after that unticks the row. Twin of `src/setpoint/core/preview/preview.py`.
 */

import type { Value } from "../contract/index.ts";
import { type Issue, issueMessage } from "../ingest/index.ts";
import { isCritical } from "../store/machine/types.ts";
import { barrierOf, judge, markOf, type Wanted } from "./judge.ts";
import {
  type Asked,
  type Barrier,
  type ByField,
  type Hold,
  type Known,
  type Mark,
  type Note,
  type PreviewField,
  type Row,
  STATES,
  type State,
  type Totals,
} from "./types.ts";

/** `chosen` holds the rows that the person ticked or unticked, by key; `marks` what they were shown. */
export interface Preview {
  readonly asked: Asked;
  readonly chosen: ReadonlyMap<string, boolean>;
  readonly marks: ReadonlyMap<string, Mark>;
  readonly rows: readonly Row[];
}

/** The number of targets. */
export function sizeOf({ targets }: Asked): number {
  return Object.values(targets).reduce((sum, fields) => sum + Object.keys(fields).length, 0);
}

/** A preview of these targets, before the machines were looked at. */
export function newPreview(asked: Asked): Preview {
  return { asked, chosen: new Map(), marks: new Map(), rows: [] };
}

/**
 * The preview compared with the present plant. Rows that are shown for the first time get their mark.
 *
 * If only some machines `changed` since the last look, the other rows stay as they are, the same objects. The rows
 * are those of a look at everything.
 */
export function look(preview: Preview, known: Known, changed?: ReadonlySet<string>): Preview {
  const marks = new Marks(preview.marks);
  const rows = changed
    ? preview.rows.map((row) =>
        row.machine !== null && changed.has(row.machine) ? lookAtRow(preview, known, row, marks) : row,
      )
    : allRows(preview, known, marks);
  const isInOrder = changed !== undefined && rows.every((row, at) => row.state === preview.rows[at]?.state);
  return { ...preview, marks: marks.current, rows: isInOrder ? rows : inOrder(rows) };
}

/** The rows of all targets, errors first, otherwise unsorted. */
function allRows(preview: Preview, known: Known, marks: Marks): Row[] {
  const { asked } = preview;
  const warnings = new Map<number, Note[]>();
  for (const issue of asked.warnings) {
    const known = warnings.get(issue.row);
    if (known) known.push(issueNote(issue));
    else warnings.set(issue.row, [issueNote(issue)]);
  }
  const rows = asked.errors.map((issue, index) => errorRow(issue, index, known));
  for (const machine in asked.targets) {
    if (!known.plant.machines.has(machine)) continue;
    const number = asked.rows[machine] ?? null;
    const remarks = number === null ? [] : (warnings.get(number) ?? []);
    const targets = asked.targets[machine] ?? {};
    for (const name in targets) {
      const field = known.plant.fieldsByName.get(name);
      if (!field) continue;
      const wanted = { machine, field, target: targets[name] ?? null };
      rows.push(
        rowOf(preview, known, { ...wanted, number, remarks: ownRemarks(remarks, field, known) }, marks),
      );
    }
  }
  return rows;
}

/** Judges one row again. The workbook's notes on it stay. */
function lookAtRow(preview: Preview, known: Known, row: Row, marks: Marks): Row {
  const field = known.plant.fieldsByName.get(row.field ?? "");
  if (!field || row.machine === null) return row;
  const { machine, target, row: number, remarks } = row;
  return rowOf(preview, known, { machine, field, target, number, remarks }, marks);
}

/** By state, in the order in which rows need a person's eyes, then by the spreadsheet's numbers. */
function inOrder(rows: readonly Row[]): Row[] {
  const found: Record<State, Row[]> = {
    error: [],
    conflict: [],
    blocked: [],
    waiting: [],
    change: [],
    unchanged: [],
  };
  for (const row of rows) found[row.state].push(row);
  return STATES.flatMap((state) => found[state].sort((one, other) => (one.row ?? 0) - (other.row ?? 0)));
}

/** Ticks or unticks rows. A ticked row gets a new mark with the revs that are shown now. */
export function tick(preview: Preview, keys: readonly string[], isIn: boolean, known: Known): Preview {
  const marks = new Map(preview.marks);
  const chosen = new Map(preview.chosen);
  const rows = new Map(preview.rows.map((row) => [row.key, row]));
  for (const key of keys) {
    chosen.set(key, isIn);
    const row = rows.get(key);
    if (!isIn || !row?.canSend || row.machine === null || row.field === null) continue;
    const mark = markOf(known, row.machine, row.field);
    if (mark) marks.set(key, mark);
  }
  const touched = new Set(keys.map((key) => rows.get(key)?.machine ?? ""));
  return look({ ...preview, marks, chosen }, known, touched);
}

/** The targets of the ticked rows, and for each the rev that was shown. */
export function sendsOf({ rows }: Preview): { updates: ByField<Value>; base: ByField<number> } {
  const updates: Record<string, Record<string, Value>> = {};
  const base: Record<string, Record<string, number>> = {};
  for (const row of rows) {
    if (!row.isTicked || row.machine === null || row.field === null || row.base === null) continue;
    updates[row.machine] ??= {};
    base[row.machine] ??= {};
    Object.assign(updates[row.machine] ?? {}, { [row.field]: row.target });
    Object.assign(base[row.machine] ?? {}, { [row.field]: row.base });
  }
  return { updates, base };
}

/** How many rows will change, are blocked, in conflict, unchanged or wait. */
export function totalsOf(preview: Preview): Totals {
  const states = { error: 0, conflict: 0, blocked: 0, waiting: 0, change: 0, unchanged: 0 };
  const wrong = new Set<number | null>();
  const barriers = new Map<string, Barrier>();
  let warnings = 0;
  let moved = 0;
  let awaited = 0;
  let sending = 0;
  let left = 0;
  for (const row of preview.rows) {
    states[row.state] += 1;
    if (row.state === "error") wrong.add(row.row);
    if (row.hasWarning) warnings += 1;
    if (row.hasMoved) moved += 1;
    if (row.isTicked) sending += 1;
    else if (row.state !== "error" && row.state !== "unchanged") left += 1;
    if (isAwaited(preview, row)) awaited += 1;
    const [note] = row.notes;
    if (row.state !== "blocked" || !note) continue;
    const key = JSON.stringify([note.code, note.args]);
    barriers.set(key, { note, count: (barriers.get(key)?.count ?? 0) + 1 });
  }
  const sorted = [...barriers.values()].sort((one, other) => other.count - one.count);
  const wrongRows = wrong.size;
  return { states, wrongRows, warnings, moved, awaited, sending, left: left + wrongRows, barriers: sorted };
}

/** Why nothing can be sent now; null if something can. */
export function holdOf(preview: Preview, isAtomic = false): Hold | null {
  const { rows } = preview;
  if (rows.some((row) => isAwaited(preview, row))) return "waiting";
  if (isAtomic && rows.some(({ state }) => state === "error" || state === "blocked")) return "all-or-nothing";
  return rows.some(({ isTicked }) => isTicked) ? null : "nothing";
}

function isAwaited({ chosen }: Preview, { key, state }: Row): boolean {
  return state === "waiting" && (chosen.get(key) ?? true);
}

interface WantedRow extends Wanted {
  readonly number: number | null;
  readonly remarks: readonly Note[];
}

function ownRemarks(remarks: readonly Note[], field: PreviewField, { plant }: Known): readonly Note[] {
  if (remarks.length === 0) return remarks;
  const columns: readonly unknown[] = [undefined, field.column, plant.idColumn];
  return remarks.filter((note) => columns.includes(note.args.column));
}

function rowOf(preview: Preview, known: Known, wanted: WantedRow, marks: Marks): Row {
  const { machine, field, target, number, remarks } = wanted;
  const key = `${machine} ${field.name}`;
  const mark = markFor(marks, known, wanted);
  const { state, notes, hasMoved = false } = judge(preview.asked, known, wanted, mark);
  const canSend = (state === "change" || state === "conflict") && mark !== null;
  const now = known.record(machine)?.[field.name] ?? null;
  return {
    key,
    state,
    row: number,
    machine,
    field: field.name,
    now,
    target,
    ...differenceOf(now, target),
    notes: remarks.length ? [...notes, ...remarks] : notes,
    remarks,
    hasWarning: remarks.length > 0,
    hasMoved,
    canSend,
    isTicked: canSend && !hasMoved && (preview.chosen.get(key) ?? state === "change"),
    base: mark?.rev ?? null,
  };
}

/**
 * The row's mark; a new one if there was none. If a stop has begun since then, the mark keeps it after the stop is
 * cleared.
 */
function markFor(marks: Marks, known: Known, { machine, field }: Wanted): Mark | null {
  const key = `${machine} ${field.name}`;
  const mark = marks.current.get(key);
  if (!mark) {
    const made = markOf(known, machine, field.name);
    if (made) marks.set(key, made);
    return made;
  }
  const barrier = barrierOf(known.record(machine) ?? {});
  if (barrier === mark.barrier || barrier === null || !isCritical(barrier)) return mark;
  const stopped = { ...mark, barrier };
  marks.set(key, stopped);
  return stopped;
}

/** Marks that are copied only when one of them changes. */
class Marks {
  current: ReadonlyMap<string, Mark>;
  #own: Map<string, Mark> | null = null;

  constructor(marks: ReadonlyMap<string, Mark>) {
    this.current = marks;
  }

  set(key: string, mark: Mark): void {
    if (!this.#own) {
      this.#own = new Map(this.current);
      this.current = this.#own;
    }
    this.#own.set(key, mark);
  }
}

function errorRow(issue: Issue, index: number, { plant }: Known): Row {
  const field = plant.fields.find(
    ({ column }) => column !== undefined && column !== "" && column === issue.column,
  );
  return {
    key: `row ${issue.row} ${index}`,
    state: "error",
    row: issue.row,
    machine: null,
    field: field?.name ?? null,
    now: null,
    target: null,
    delta: null,
    percent: null,
    notes: [issueNote(issue)],
    remarks: [],
    hasWarning: false,
    hasMoved: false,
    canSend: false,
    isTicked: false,
    base: null,
  };
}

function issueNote(issue: Issue): Note {
  const { code, column } = issue;
  return { code, args: column ? { column } : {}, message: issueMessage(issue) };
}

function differenceOf(now: Value, target: Value): Pick<Row, "delta" | "percent"> {
  if (typeof now !== "number" || typeof target !== "number") return { delta: null, percent: null };
  const delta = target - now;
  return { delta, percent: now === 0 ? null : (delta / Math.abs(now)) * 100 };
}
