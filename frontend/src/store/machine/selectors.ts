/**
 * `$view`: a pure function of `$server` and `$pending`, one machine at a time (TIER-2).
 * Twin of `src/setpoint/core/store/selectors.py`.
 *
 * Equal to the specification's `getRenderState`; that function, written plainly, is the tests' oracle.
 */
import type { Record, Value } from "../../protocol/index.ts";
import {
  isCritical,
  type MachineView,
  type Notice,
  type Overlay,
  type Target,
  type Transaction,
} from "./types.ts";

const NO_RECORD: Record = {};
const NO_OVERLAYS: MachineView["overlays"] = {};
const NO_NOTICES: MachineView["notices"] = {};

/** One machine as a person sees it. Undefined where nothing is known of it and nothing is asked of it. */
export function renderMachine(
  record: Record | undefined,
  locks: ReadonlyMap<string, Target> | undefined,
  notices: ReadonlyMap<string, Notice> | undefined,
): MachineView | undefined {
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

type ByField<T> = { [machine: string]: { [field: string]: T } };

/** `updates` and `base` of the POST: what was asked and was not taken back or voided since. */
export function batchBody(transaction: Transaction): { updates: ByField<Value>; base: ByField<number> } {
  const updates: ByField<Value> = {};
  const base: ByField<number> = {};
  for (const [machine, targets] of transaction.targets) {
    const asked: { [field: string]: Value } = {};
    const seen: { [field: string]: number } = {};
    for (const [field, target] of targets) {
      if (target.phase !== "optimistic") continue;
      asked[field] = target.value;
      updates[machine] = asked;
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
