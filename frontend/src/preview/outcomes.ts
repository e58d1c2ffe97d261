/**
 * How outcomes are counted (PRE-4). Twin of `src/setpoint/core/preview/outcomes.py`.
 *
 * Unknown and open are separate groups; they never count as not applied.
 */
import type { By, Outcome } from "../contract/index.ts";
import type { Phase, Target } from "../store/machine/types.ts";

/** The outcomes, in the order in which they are shown. */
export const GROUPS = ["open", "applied", "notApplied", "unknown", "notSent"] as const;
export type Group = (typeof GROUPS)[number];

/** How many targets are in which group. */
export type Counts = { readonly [group in Group]: number };

const OF_OUTCOME: { readonly [outcome in Outcome]: Group } = {
  pending: "open",
  accepted: "open",
  applied: "applied",
  diverged: "notApplied",
  blocked: "notApplied",
  conflict: "notApplied",
  rejected: "notApplied",
  failed: "notApplied",
  cancelled: "notApplied",
  superseded: "notApplied",
  unknown: "unknown",
};

const OF_PHASE: { readonly [phase in Phase]: Group } = {
  optimistic: "open",
  inflight: "open",
  confirmed: "open",
  reconciled: "applied",
  conflict: "notApplied",
  failed: "notApplied",
  cancelled: "notApplied",
  superseded: "notApplied",
  unknown: "unknown",
};

/** Phases that the client concluded by itself. If the server has announced an outcome since, that counts instead. */
const MAY_SETTLE_LATER: readonly Phase[] = ["failed", "cancelled", "superseded", "unknown"];

const NEVER_LEFT: readonly Outcome[] = ["blocked", "conflict", "rejected", "cancelled", "superseded"];

/** The result of a withdrawal: targets that will reach no machine, and targets that had been handed over. */
export interface Withdrawal {
  readonly withdrawn: number;
  readonly handedOver: number;
}

/** The group of an outcome; unknown for an outcome of a newer server. */
export function groupOf(outcome: string): Group {
  return OF_OUTCOME[outcome as Outcome] ?? "unknown";
}

/** The group of a target that this client follows. */
export function groupOfTarget({ phase, outcome }: Pick<Target, "phase" | "outcome">): Group {
  return outcome !== null && MAY_SETTLE_LATER.includes(phase) ? groupOf(outcome) : OF_PHASE[phase];
}

/** The groups of outcomes that are counted one by one, as the list of batches has them. */
export function countOutcomes(outcomes: Readonly<Record<string, number>>, notSent = 0): Counts {
  const counts = newCounts(notSent);
  for (const [outcome, count] of Object.entries(outcomes)) counts[groupOf(outcome)] += count;
  return counts;
}

/** The number of targets by group. */
export function tallyOf(results: Iterable<{ readonly outcome: Outcome }>): {
  readonly [outcome: string]: number;
} {
  const counts: { [outcome: string]: number } = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** The groups of targets that this client follows. */
export function countTargets(targets: Iterable<Pick<Target, "phase" | "outcome">>, notSent = 0): Counts {
  const counts = newCounts(notSent);
  for (const target of targets) counts[groupOfTarget(target)] += 1;
  return counts;
}

/** The result of a withdrawal. Targets that a stop cancelled were not withdrawn, and had not left either. */
export function withdrawalOf(
  results: Iterable<{ readonly outcome: Outcome; readonly by?: By | null | undefined }>,
): Withdrawal {
  let withdrawn = 0;
  let handedOver = 0;
  for (const { outcome, by } of results) {
    if (!NEVER_LEFT.includes(outcome)) handedOver += 1;
    else if (outcome === "cancelled" && (!by || by.kind === "operator")) withdrawn += 1;
  }
  return { withdrawn, handedOver };
}

function newCounts(notSent: number): { [group in Group]: number } {
  return { open: 0, applied: 0, notApplied: 0, unknown: 0, notSent };
}
