/**
 * The condition of each machine of a line in one word, without its numbers, for the overview (OVER-3). Kept by line,
 * so that a machine that starts or stops updates only the row of its line.
 */

import type { Condition as ReportedCondition } from "../contract/index.ts";
import type { Plant } from "../contract/plant.ts";
import { isCritical } from "../store/machine/types.ts";

/** In the order of the legend. A machine has the first of these conditions that applies. */
export const STATES = ["critical", "doubtful", "idle", "running", "waiting"] as const;
export type State = (typeof STATES)[number];

export interface Condition {
  readonly machine: string;
  readonly state: State;
  readonly status: string | null;
  readonly since: number | null;
  readonly quality: string | null;
  readonly isPending: boolean;
}

export function conditionOf(
  machine: string,
  reported: ReportedCondition | undefined,
  isPending: boolean,
): Condition {
  const { status, since = null, quality } = reported ?? {};
  return {
    machine,
    state: reported ? stateOf(reported) : "waiting",
    status: typeof status === "string" ? status : null,
    since,
    quality: typeof quality === "string" ? quality : null,
    isPending,
  };
}

function stateOf({ status, quality }: ReportedCondition): State {
  if (isCritical(status)) return "critical";
  if (quality !== null && quality !== "GOOD") return "doubtful";
  return status === "RUNNING" ? "running" : "idle";
}

function keysByLine(plant: Plant): ReadonlyMap<string, readonly string[]> {
  return new Map(plant.lines.map(({ id, machines }) => [id, machines.map(({ key }) => key)]));
}

export class LineConditions {
  #plant: Plant;
  readonly #look: (machine: string) => Condition;
  #machines: ReadonlyMap<string, readonly string[]>;
  readonly #known = new Map<string, readonly Condition[]>();
  readonly #listeners = new Map<string, Set<() => void>>();

  constructor(plant: Plant, look: (machine: string) => Condition) {
    this.#plant = plant;
    this.#look = look;
    this.#machines = keysByLine(plant);
  }

  /** The plant has changed: every line is examined again (PLANT-1). */
  changePlant(plant: Plant): void {
    this.#plant = plant;
    this.#machines = keysByLine(plant);
    this.#known.clear();
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener();
  }

  /** The line's machines in the plant's order. It is the same array until one of them changes. */
  of(line: string): readonly Condition[] {
    const known = this.#known.get(line) ?? (this.#machines.get(line) ?? []).map(this.#look);
    this.#known.set(line, known);
    return known;
  }

  changed(machines: Iterable<string>): void {
    const lines = new Set<string>();
    for (const machine of machines) {
      const line = this.#plant.machines.get(machine)?.line;
      if (line !== undefined) lines.add(line);
    }
    for (const line of lines) {
      this.#known.delete(line);
      for (const listener of this.#listeners.get(line) ?? []) listener();
    }
  }

  subscribe(line: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(line) ?? new Set();
    this.#listeners.set(line, listeners.add(listener));
    return () => listeners.delete(listener);
  }
}

export type StateCounts = Readonly<Record<State, number>>;

export function countStates(conditions: readonly Condition[]): StateCounts {
  const counts = { critical: 0, doubtful: 0, idle: 0, running: 0, waiting: 0 };
  for (const { state } of conditions) counts[state] += 1;
  return counts;
}
