/** Tracks what needs attention and which statuses occur, at a cost proportional to the change. */
import { createStore } from "zustand/vanilla";
import type { Plant } from "../contract/plant.ts";
import { getCondition, type MachineStore } from "../store/machine/index.ts";
import { type Concerns, concernsOf, NO_CONCERNS } from "./concerns.ts";
import { conditionOf, LineConditions } from "./conditions.ts";

export interface AttentionState {
  readonly concerns: Concerns;
  /** A new number whenever a machine's status changes. */
  readonly statusVersion: number;
  readonly pendingSet: ReadonlySet<string> | null;
}

export class Attention {
  readonly state = createStore<AttentionState>(() => ({
    concerns: NO_CONCERNS,
    statusVersion: 0,
    pendingSet: null,
  }));
  readonly conditions: LineConditions;
  #plant: Plant;
  readonly #store: MachineStore;
  readonly #statuses = new Map<string, string>();
  readonly #conflicts = new Set<string>();
  /** The last known state of each machine, in one text. */
  readonly #marks = new Map<string, string>();

  constructor(plant: Plant, store: MachineStore) {
    this.#plant = plant;
    this.#store = store;
    this.conditions = new LineConditions(plant, (machine) => {
      const { server, pending } = store.core;
      return conditionOf(machine, getCondition(server, machine), pending.locks.has(machine));
    });
  }

  /** The plant has changed (PLANT-1). */
  changePlant(plant: Plant): void {
    this.#plant = plant;
    this.conditions.changePlant(plant);
    this.state.setState({ concerns: concernsOf(plant, this.#store, this.#conflicts) });
  }

  /** The machine's status; empty if it has none. */
  status(machine: string): string {
    return this.#statuses.get(machine) ?? "";
  }

  changed(machines: readonly string[]): void {
    const before = this.state.getState();
    const pendingSet = this.#store.state.getState().pending;
    const marked = machines.filter((machine) => this.#mark(machine));
    let hasNewConcern = marked.length > 0 || before.pendingSet !== pendingSet;
    for (const machine of machines) if (this.#noteConflict(machine)) hasNewConcern = true;
    this.conditions.changed(marked);
    if (!hasNewConcern) return;
    this.state.setState({
      statusVersion: before.statusVersion + (marked.length > 0 ? 1 : 0),
      pendingSet,
      concerns: concernsOf(this.#plant, this.#store, this.#conflicts),
    });
  }

  /** Whether the machine's status, quality or lock has changed. */
  #mark(machine: string): boolean {
    const { server, pending } = this.#store.core;
    const condition = getCondition(server, machine);
    const status = typeof condition?.status === "string" ? condition.status : "";
    const since = server.machines.get(machine)?.since ?? condition?.since;
    const mark = condition && `${status} ${condition.quality} ${since} ${pending.locks.has(machine)}`;
    if (this.#marks.get(machine) === mark) return false;
    if (mark === undefined) this.#marks.delete(machine);
    else this.#marks.set(machine, mark);
    this.#statuses.set(machine, status);
    return true;
  }

  /** Whether the machine's conflicts have changed. */
  #noteConflict(machine: string): boolean {
    const notices = this.#store.core.pending.notices.get(machine)?.values() ?? [];
    const isConflict = [...notices].some(({ kind }) => kind === "conflict");
    if (isConflict === this.#conflicts.has(machine)) return false;
    if (isConflict) this.#conflicts.add(machine);
    else this.#conflicts.delete(machine);
    return true;
  }
}
