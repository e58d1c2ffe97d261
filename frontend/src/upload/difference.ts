/**
 * A workbook against the plant as it is now: row by row, what would change, what is blocked and by what, what others
 * changed since the workbook was prepared, what is wrong.
 *
 * Pure: workbook, records, revs and fixes in, rows out. Nothing here decides for the server, which checks everything
 * again; this is what a person should know before deciding.
 */
import type { Change } from "../api/changes.ts";
import type { Field, Plant } from "../api/plant.ts";
import { type Clock, isCritical, measured, qualityWord, refusalOf, statusWord } from "../components/words.ts";
import type { FoundRow, Issue } from "../ingest/index.ts";
import type { Value } from "../protocol/index.ts";

/** In the order in which they need a person's eyes. */
export const KINDS = ["error", "conflict", "blocked", "unheard", "change", "unchanged"] as const;
export type Kind = (typeof KINDS)[number];

export interface DiffRow {
  /** `m_402 targetSpeed`, or `row 12 0` for an error that names no machine. */
  readonly key: string;
  readonly kind: Kind;
  /** The number that the spreadsheet shows; null where a row was added by hand. */
  readonly row: number | null;
  readonly machine: string | null;
  readonly field: Field | null;
  readonly now: Value | undefined;
  readonly target: Value | undefined;
  /** What was expected, what stands in the way, what was read generously. */
  readonly note: string;
  /** What an error of the file is about; null for any other row. */
  readonly issue: Issue | null;
  /** What stood in a row with an error; null for any other row. */
  readonly stood: FoundRow | null;
  readonly hasWarning: boolean;
  readonly isFixed: boolean;
}

export interface Asked {
  readonly targets: Readonly<Record<string, Readonly<Record<string, Value>>>>;
  readonly rows: Readonly<Record<string, number>>;
  readonly base: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What a field must still hold for this to be meant: else somebody changed it since. */
  readonly expected?: Readonly<Record<string, Readonly<Record<string, Value>>>>;
  readonly errors: readonly Issue[];
  readonly warnings: readonly Issue[];
  /** The cells of the rows with errors, by the row's number. */
  readonly found: Readonly<Record<number, FoundRow>>;
}

/** What the plant is known to be, as far as the difference asks. */
export interface Now {
  record(machine: string): Readonly<Record<string, Value>> | undefined;
  /** The machine's own value of a field, under whatever is pending. */
  server(machine: string, field: string): Value | undefined;
  rev(machine: string, field: string): number | undefined;
}

/** Cells that the person corrected, by machine and field. */
export type Fixes = Readonly<Record<string, Readonly<Record<string, Value>>>>;
/** Rows that were wrong, and the machine that the person made each of them speak of. */
export type Repaired = Readonly<Record<number, string>>;

export function differenceOf(
  asked: Asked,
  fixes: Fixes,
  repaired: Repaired,
  plant: Plant,
  now: Now,
  clock: Clock,
  changes: ReadonlyMap<string, Change> = new Map(),
): DiffRow[] {
  const found: Record<Kind, DiffRow[]> = {
    error: [],
    conflict: [],
    blocked: [],
    unheard: [],
    change: [],
    unchanged: [],
  };
  const warnings = new Map<number, Issue[]>();
  for (const warning of asked.warnings) {
    const known = warnings.get(warning.row);
    if (known) known.push(warning);
    else warnings.set(warning.row, [warning]);
  }
  const targets = new Map(Object.entries(asked.targets));
  for (const [machine, values] of Object.entries(fixes)) {
    targets.set(machine, { ...targets.get(machine), ...values });
  }
  const rowOf = new Map(Object.entries(asked.rows));
  for (const [row, machine] of Object.entries(repaired)) rowOf.set(machine, Number(row));
  for (const [machine, values] of targets) {
    const row = rowOf.get(machine) ?? null;
    const rowWarnings = row === null ? undefined : warnings.get(row);
    for (const name in values) {
      const field = plant.fieldsByName.get(name);
      const target = values[name];
      if (!field || target === undefined) continue;
      const said = rowWarnings?.filter(
        (each) => each.column === undefined || each.column === field.column || each.column === plant.idColumn,
      );
      const about = judge(
        machine,
        field,
        target,
        asked,
        plant,
        now,
        clock,
        changes.get(`${machine} ${name}`),
      );
      found[about.kind].push({
        key: `${machine} ${name}`,
        kind: about.kind,
        row,
        machine,
        field,
        now: now.server(machine, name),
        target,
        note: said?.length
          ? [about.note, ...said.map(({ msg }) => msg)].filter(Boolean).join(" ")
          : about.note,
        issue: null,
        stood: null,
        hasWarning: Boolean(said?.length),
        isFixed: fixes[machine]?.[name] !== undefined,
      });
    }
  }
  asked.errors.forEach((error, index) => {
    if (repaired[error.row] !== undefined) return;
    found.error.push({
      key: `row ${error.row} ${index}`,
      kind: "error",
      row: error.row,
      machine: null,
      field: plant.fields.find((field) => field.column === error.column) ?? null,
      now: undefined,
      target: undefined,
      note: error.msg,
      issue: error,
      stood: asked.found[error.row] ?? null,
      hasWarning: false,
      isFixed: false,
    });
  });
  return KINDS.flatMap((kind) => found[kind].sort((one, other) => (one.row ?? 0) - (other.row ?? 0)));
}

const UNHEARD = { kind: "unheard", note: "Nothing heard of it yet." } as const;

function judge(
  machine: string,
  field: Field,
  target: Value,
  asked: Asked,
  plant: Plant,
  now: Now,
  clock: Clock,
  change: Change | undefined,
): { kind: Kind; note: string } {
  const refusal = refusalOf(field, target);
  if (refusal) return { kind: "error", note: refusal };
  const record = now.record(machine);
  if (!record) return UNHEARD;
  const { status, since, quality } = record;
  const own = now.server(machine, field.name);
  if (own === target) return { kind: "unchanged", note: "" };
  if (isCritical(status)) {
    const line = plant.machines.get(machine)?.line;
    const from = typeof since === "number" ? ` since ${clock.minute(since)}` : "";
    return { kind: "blocked", note: `line ${line}, ${statusWord(status)}${from}` };
  }
  if (quality !== undefined && quality !== "GOOD") {
    return { kind: "blocked", note: `contact is not good (${qualityWord(quality).toLowerCase()})` };
  }
  if (own === undefined) return UNHEARD;
  const base = asked.base[machine]?.[field.name];
  const rev = now.rev(machine, field.name);
  const expected = asked.expected?.[machine]?.[field.name];
  const isNewer = base !== undefined && rev !== undefined && rev > base;
  if (isNewer || (expected !== undefined && own !== expected)) {
    return {
      kind: "conflict",
      note: `${moverOf(change, clock)}; it is ${measured(field, own)} now. Tick it to overwrite.`,
    };
  }
  return { kind: "change", note: "" };
}

/** CONF-2: a person, the machine itself, and a stop are told apart. */
function moverOf(change: Change | undefined, clock: Clock): string {
  if (!change?.by) return "Changed since";
  const { kind, name = "" } = change.by;
  const at = clock.minute(change.at);
  if (kind === "operator") return `Changed by ${name} at ${at}`;
  return kind === "device" ? `Changed at the machine at ${at}` : `Voided by ${statusWord(name)} at ${at}`;
}

export interface Totals {
  readonly byKind: Readonly<Record<Kind, number>>;
  /** What blocks, most frequent first: `line 02, EMERGENCY STOP since 14:02` and how many. */
  readonly blocks: readonly (readonly [string, number])[];
  /** How many rows of the file have errors; one row may have several. */
  readonly wrongRows: number;
  readonly warnings: number;
}

export function totalsOf(rows: readonly DiffRow[]): Totals {
  const byKind: Record<Kind, number> = {
    error: 0,
    conflict: 0,
    blocked: 0,
    unheard: 0,
    change: 0,
    unchanged: 0,
  };
  const blocks = new Map<string, number>();
  const wrong = new Set<number | string>();
  let warnings = 0;
  for (const row of rows) {
    byKind[row.kind] += 1;
    if (row.kind === "error") wrong.add(row.row ?? row.key);
    if (row.hasWarning) warnings += 1;
    if (row.kind === "blocked") blocks.set(row.note, (blocks.get(row.note) ?? 0) + 1);
  }
  return {
    byKind,
    blocks: [...blocks].sort((a, b) => b[1] - a[1]),
    wrongRows: wrong.size,
    warnings,
  };
}

/** Whether a row may be sent at all: it is no error, is not blocked, and asks for something new. */
export function isSendable({ kind }: DiffRow): boolean {
  return kind === "change" || kind === "conflict" || kind === "unheard";
}
