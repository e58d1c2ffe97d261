/**
 * A selector and what it reads, so that it runs again when that changes and not after every delta (TIER-3). A selector
 * that reads one machine, by `$view.get` or `$server.machines.get`, depends on that machine only. Any other selector
 * depends on the whole state, as with zustand's own hooks.
 */
import type { MachineStore, MachineStoreState } from "./index.ts";
import type { MachineState, MachineView, RecordMap, ViewState } from "./types.ts";

/** What a selector read: nothing yet, one machine, or anything else. */
type Reads = { readonly machine: string } | "nothing" | "anything";

/** What the running selector has read, and its last result. */
let reads: Reads = "nothing";
let found: unknown;

function lookUp<T>(map: { get(machine: string): T }, machine: string): T {
  if (reads === "nothing") reads = { machine };
  else if (reads !== "anything" && reads.machine !== machine) reads = "anything";
  const value = map.get(machine);
  found = value;
  return value;
}

class WatchedView implements ViewState {
  readonly #view: ViewState;

  constructor(view: ViewState) {
    this.#view = view;
    tiers.set(this, view);
  }

  get(machine: string): MachineView | undefined {
    return lookUp(this.#view, machine);
  }

  keys(): Iterable<string> {
    reads = "anything";
    return this.#view.keys();
  }
}

class WatchedRecords implements RecordMap {
  readonly #records: RecordMap;

  constructor(records: RecordMap) {
    this.#records = records;
    tiers.set(this, records);
  }

  get size(): number {
    reads = "anything";
    return this.#records.size;
  }

  get(machine: string): MachineState | undefined {
    return lookUp(this.#records, machine);
  }

  has(machine: string): boolean {
    return lookUp(this.#records, machine) !== undefined;
  }

  keys(): MapIterator<string> {
    reads = "anything";
    return this.#records.keys();
  }
}

/** For each object that a selector was given in place of a part, the part itself. */
const tiers = new WeakMap<object, object>();

/** `whole` with other `parts`; whatever else is read of it counts as anything. */
function watched<T extends object>(whole: T, parts: Partial<T>): T {
  const shown: T = { ...whole };
  for (const key of Object.keys(whole) as (keyof T)[]) {
    const get = Object.hasOwn(parts, key)
      ? () => parts[key]
      : () => {
          reads = "anything";
          return whole[key];
        };
    Object.defineProperty(shown, key, { get });
  }
  tiers.set(shown, whole);
  return shown;
}

function watchedState(state: MachineStoreState): MachineStoreState {
  const { $server, $view } = state;
  return watched(state, {
    $view: new WatchedView($view),
    $server: watched($server, { machines: new WatchedRecords($server.machines) }),
  });
}

const watchedStates = new WeakMap<MachineStoreState, MachineStoreState>();
let latest: { readonly state: MachineStoreState; readonly shown: MachineStoreState } | null = null;

/** The same object for the same state. */
function watchedOnce(state: MachineStoreState): MachineStoreState {
  if (latest?.state === state) return latest.shown;
  const shown = watchedStates.get(state) ?? watchedState(state);
  watchedStates.set(state, shown);
  latest = { state, shown };
  return shown;
}

function tierOf(value: unknown): object | undefined {
  return typeof value === "object" && value !== null ? tiers.get(value) : undefined;
}

/** One component's look at the store. It listens to at least what its selector reads. */
export class Watch {
  readonly #store: MachineStore;
  #reads: Reads = "anything";
  #listener: (() => void) | null = null;
  #held: Reads = "nothing";
  #stop: () => void = () => {};

  constructor(store: MachineStore) {
    this.#store = store;
  }

  /** What `select` finds now. */
  read<T>(select: (state: MachineStoreState) => T): T {
    reads = "nothing";
    const selected = select(watchedOnce(this.#store.state.getState()));
    // A tier can only be in a result that the selector made itself. Nobody knows what a caller will read of it.
    const isMade = selected !== found && typeof selected === "object" && selected !== null;
    const tier = isMade ? tierOf(selected) : undefined;
    const hasTier = tier || (isMade && Object.values(selected).some(tierOf));
    this.#reads = reads === "nothing" || hasTier ? "anything" : reads;
    if (this.#listener && !covers(this.#held, this.#reads)) this.#hold("anything");
    return (tier as T | undefined) ?? selected;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listener = listener;
    this.#hold(this.#reads);
    return () => {
      this.#listener = null;
      this.#hold("nothing");
    };
  };

  /** Replaces the selector by `select`, and listens only to what it reads. */
  settle(select: (state: MachineStoreState) => unknown): void {
    this.read(select);
    if (this.#listener && !covers(this.#reads, this.#held)) this.#hold(this.#reads);
  }

  #hold(held: Reads): void {
    this.#stop();
    this.#held = held;
    const notify = () => this.#listener?.();
    if (held === "nothing") this.#stop = () => {};
    else if (held === "anything") this.#stop = this.#store.state.subscribe(notify);
    else this.#stop = this.#store.subscribeMachine(held.machine, notify);
  }
}

/** Whether a listener to `held` is notified of every change of `read`. */
function covers(held: Reads, read: Reads): boolean {
  if (held === "anything" || read === "nothing") return true;
  return held !== "nothing" && read !== "anything" && held.machine === read.machine;
}
