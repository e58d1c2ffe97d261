/**
 * `$view`: a pure function of `$server` and `$pending`, one machine at a time (TIER-2).
 * Twin of `src/setpoint/core/store/selectors.py`.
 *
 * `getRenderState` returns for each machine what the specification's function of that name returns for the whole
 * plant. A plain version of that function is the oracle of the tests.
 */
import type { Condition, OpenTarget, Record, Value } from "../../contract/index.ts";
import {
  isCritical,
  type MachineView,
  type Overlay,
  type PendingState,
  type ServerState,
  type Target,
  type Transaction,
} from "./types.ts";

const NO_RECORD: Record = {};
const NO_OVERLAYS: MachineView["overlays"] = {};
const NO_NOTICES: MachineView["notices"] = {};

/**
 * The specification's merge of both tiers, for one machine: the server's values, with pending targets in their place.
 * A critical status wins over every lock (SAFE-1). Locks past their deadline are removed before this is called
 * (LOCK-3). Undefined if the machine is not known and has no target.
 */
export function getRenderState(
  server: Pick<ServerState, "machines">,
  pending: Pick<PendingState, "locks" | "notices">,
  machine: string,
): MachineView | undefined {
  const record = server.machines.get(machine);
  const locks = pending.locks.get(machine);
  const notices = pending.notices.get(machine);
  if (!record && !locks?.size) return undefined;
  const known = record ?? NO_RECORD;
  const shownNotices = notices?.size ? Object.fromEntries(notices) : NO_NOTICES;
  if (!locks?.size || isCritical(known.status)) {
    return { record: known, overlays: NO_OVERLAYS, notices: shownNotices, isOptimistic: false };
  }
  const shown: { [field: string]: Value } = { ...known };
  const overlays: { [field: string]: Overlay } = {};
  for (const [field, { phase, txId, value, atMs }] of locks) {
    shown[field] = value;
    overlays[field] = { phase, txId, value, server: known[field] ?? null, atMs };
  }
  return { record: shown, overlays, notices: shownNotices, isOptimistic: true };
}

/**
 * Status, quality and since of a machine, from any topic of `$server` (OVER-3). While a topic of the machine is
 * subscribed, its record is at least as new as the overview. Without a record, the overview counts. Undefined if
 * nothing is known.
 */
export function getCondition(
  { machines, overview }: Pick<ServerState, "machines" | "overview">,
  machine: string,
): Condition | undefined {
  const record = machines.get(machine);
  if (record?.status === undefined) return overview.get(machine);
  const { status, quality = null, since, sinceSeen } = record;
  const isKnown = typeof since === "number" && sinceSeen !== true;
  return { status, quality, since: isKnown ? Math.floor(since) : null };
}

/** Another person's open target on the field (OPEN-3); one's own are in the transactions. */
export function getOpenTarget(
  server: Pick<ServerState, "open">,
  pending: Pick<PendingState, "transactions">,
  machine: string,
  field: string,
): OpenTarget | undefined {
  const target = server.open.get(machine)?.[field];
  return target && !pending.transactions.has(target.txId) ? target : undefined;
}

type ByField<T> = { [machine: string]: { [field: string]: T } };

/** `updates` and `base` of the POST: the targets that were not withdrawn or voided since. */
export function batchBody(transaction: Transaction): { updates: ByField<Value>; base: ByField<number> } {
  const updates: ByField<Value> = {};
  const base: ByField<number> = {};
  for (const [machine, targets] of transaction.targets) {
    const values: { [field: string]: Value } = {};
    const seen: { [field: string]: number } = {};
    for (const [field, target] of targets) {
      if (target.phase !== "optimistic") continue;
      values[field] = target.value;
      updates[machine] = values;
      if (target.base === null) continue;
      seen[field] = target.base;
      base[machine] = seen;
    }
  }
  return { updates, base };
}

/** Every target of a commit, machine by machine. */
export function targetsOf({ targets }: Transaction): Target[] {
  return [...targets.values()].flatMap((fields) => [...fields.values()]);
}
