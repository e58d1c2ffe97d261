/**
 * An undo or a retry of an earlier batch, as targets to preview. Twin of `src/setpoint/core/preview/again.py`.
 *
 * It contains only what the person may see (PRE-5). Machines outside their plant are left out, and so are fields that
 * cannot be set any more.
 */
import type { Outcome, Value } from "../contract/index.ts";
import type { Asked, PreviewPlant } from "./types.ts";

/** One item of an earlier batch, as the server answers it. */
export interface EndedItem {
  readonly machine: string;
  readonly field: string;
  readonly outcome: Outcome;
  readonly rev?: number | null | undefined;
  readonly asked?: Value | undefined;
  readonly before?: Value | undefined;
}

export interface EndedBatch {
  readonly results: readonly EndedItem[];
}

/** Outcomes that took effect and can be undone. Nobody can say what undoing an `unknown` target would mean. */
const UNDONE: readonly Outcome[] = ["applied", "diverged"];

/**
 * Outcomes that a second try may improve. A `rejected` target would be rejected again; a `superseded` one gave way to a
 * newer target.
 */
const RETRIED: readonly Outcome[] = ["blocked", "conflict", "failed", "cancelled", "diverged", "unknown"];

/** The values before a batch. A field that others have written since is in conflict; a stop since is not. */
export function undoOf(batch: EndedBatch, plant: PreviewPlant): Asked {
  const asked = askedOf(batch, plant, UNDONE, (item) => item.before);
  const undoes: Record<string, Record<string, number>> = {};
  for (const { machine, field, rev } of batch.results) {
    if (asked.targets[machine]?.[field] === undefined) continue;
    undoes[machine] = { ...undoes[machine], [field]: rev ?? 0 };
  }
  return { ...asked, undoes };
}

/** The targets of a batch that did not take effect. */
export function retryOf(batch: EndedBatch, plant: PreviewPlant): Asked {
  return askedOf(batch, plant, RETRIED, (item) => item.asked);
}

function askedOf(
  { results }: EndedBatch,
  plant: PreviewPlant,
  outcomes: readonly Outcome[],
  wantedOf: (item: EndedItem) => Value | undefined,
): Asked {
  const targets: Record<string, Record<string, Value>> = {};
  for (const item of results) {
    const value = wantedOf(item);
    if (value === undefined || value === null || !outcomes.includes(item.outcome)) continue;
    if (!plant.machines.has(item.machine) || !plant.fieldsByName.get(item.field)?.isWritable) continue;
    targets[item.machine] = { ...targets[item.machine], [item.field]: value };
  }
  return { targets, rows: {}, base: {}, undoes: {}, errors: [], warnings: [] };
}
