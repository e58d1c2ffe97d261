/**
 * One delta in the page: the specification's selector and our store take the same deltas in turn.
 *
 * There are 10,000 machines, of which a delta changes 10 %, and 500 locks. On both sides each machine has a subscriber,
 * which reads its machine if it is a new object. Both sides get decoded frames. The specification's side does the
 * minimum: it merges the delta into `$server` with one spread for each changed machine, and runs the selector once a
 * delta for all of its subscribers.
 */
import { createStore } from "zustand/vanilla";
import {
  type Delta,
  decodeDown,
  encode,
  type Record,
  type Snapshot,
  type Value,
} from "../src/contract/index.ts";
import { createMachineStore, type MachineStoreState, type MachineView } from "../src/store/machine/index.ts";
import { Watch } from "../src/store/machine/watch.ts";

const CRITICAL_OVERRIDES = ["EMERGENCY_STOP", "FAULT", "MAINTENANCE_LOCK", "SAFETY_INTERLOCK"];

type Entities = { [entity: string]: { [field: string]: Value } };
type Pending = { [entity: string]: { [field: string]: { value: Value; txId: string; timestamp: number } } };

/** Part 2 of the specification, as written. */
function getRenderState(server: Entities, pending: Pending): Entities {
  const view = structuredClone(server);
  for (const [entityId, fields] of Object.entries(pending)) {
    if (entityId === "_transactions") continue;
    const serverEntity = server[entityId];
    if (CRITICAL_OVERRIDES.includes(String(serverEntity?.status))) continue;
    for (const [field, lock] of Object.entries(fields)) {
      if (Date.now() - lock.timestamp > 10_000) continue;
      view[entityId] = { ...view[entityId], [field]: lock.value, _isOptimistic: true };
    }
  }
  return view;
}

export interface Size {
  machines: number;
  changed: number;
  locks: number;
  /** Deltas that are timed. */
  deltas: number;
  /** Deltas between two collections. */
  collected: number;
}

/**
 * Milliseconds and bytes for each delta. They use different deltas, because a collection before a timed delta would
 * slow it down.
 */
export interface Samples {
  readonly ms: readonly number[];
  readonly garbageBytes: readonly number[];
}

/** A page's clock ticks in tenths of a millisecond, so each reading covers several deltas. */
const DELTAS_A_LOOK = 10;

declare const gc: () => void;
declare global {
  interface Performance {
    readonly memory: { readonly usedJSHeapSize: number };
  }
}

function record(n: number): Record {
  return {
    speed: 1000 + (n % 500),
    temp: 60.5,
    parts: n,
    targetSpeed: 1200,
    mode: "RUN",
    status: "RUNNING",
    since: 1704230000,
    cause: null,
    quality: "GOOD",
    seen: null,
  };
}

function snapshot({ machines }: Size): Snapshot {
  const entries = Array.from({ length: machines }, (_, n) => [`m_${n}`, record(n)]);
  return decodeDown(
    JSON.stringify({
      type: "snapshot",
      topic: "line:01",
      epoch: "k",
      seq: 0,
      ts: 1,
      data: { machines: Object.fromEntries(entries), kpis: {} },
    }),
  ) as Snapshot;
}

function deltas({ machines, changed, deltas: timed, collected }: Size): string[] {
  return Array.from({ length: timed + collected }, (_, n) => {
    const touched: { [machine: string]: Record } = {};
    for (let at = 0; at < changed; at++) {
      touched[`m_${(n * 37 + at * Math.floor(machines / changed)) % machines}`] = {
        speed: 1000 + n + at / 10,
        temp: 50 + n + at / 100,
      };
    }
    return encode({ type: "delta", topic: "line:01", seq: n + 1, ts: n + 2, machines: touched });
  });
}

function measured<T>({ deltas: count }: Size, given: readonly T[], act: (one: T) => unknown): Samples {
  const timed = given.slice(0, count);
  const ms: number[] = [];
  for (let at = 0; at < timed.length; at += DELTAS_A_LOOK) {
    const look = timed.slice(at, at + DELTAS_A_LOOK);
    const start = performance.now();
    for (const one of look) act(one);
    ms.push((performance.now() - start) / look.length);
  }
  const garbageBytes = given.slice(timed.length).map((one) => {
    gc();
    const heap = performance.memory.usedJSHeapSize;
    act(one);
    return performance.memory.usedJSHeapSize - heap;
  });
  return { ms, garbageBytes };
}

interface Side {
  apply(delta: Delta): void;
  read(machine: string): { record: Record; isOptimistic: boolean };
}

function lockedMachines(size: Size): string[] {
  return Array.from({ length: size.locks }, (_, n) => `m_${n * Math.floor(size.machines / size.locks)}`);
}

function specification(size: Size): Side {
  const lock = { targetSpeed: { value: 1, txId: "t", timestamp: Date.now() + 1e9 } };
  const store = createStore<{ server: Entities; pending: Pending }>()(() => ({
    server: structuredClone(snapshot(size).data.machines) as Entities,
    pending: Object.fromEntries(lockedMachines(size).map((machine) => [machine, lock])),
  }));
  let view: Entities = {};
  const rendered = new Map<string, Entities[string] | undefined>();
  store.subscribe(({ server, pending }) => {
    view = getRenderState(server, pending);
  });
  for (let n = 0; n < size.machines; n++) {
    const machine = `m_${n}`;
    let shown: Entities[string] | undefined;
    store.subscribe(() => {
      const next = view[machine];
      if (next === shown) return;
      shown = next;
      rendered.set(machine, next);
    });
  }
  return {
    apply: (delta) =>
      store.setState(({ server }) => {
        const next = { ...server };
        for (const [machine, change] of Object.entries(delta.machines ?? {})) {
          next[machine] = { ...next[machine], ...change };
        }
        return { server: next };
      }),
    read(machine) {
      const { _isOptimistic, ...record } = rendered.get(machine) ?? {};
      return { record, isOptimistic: Boolean(_isOptimistic) };
    },
  };
}

function ours(size: Size): Side {
  const store = createMachineStore(["targetSpeed"]);
  const whole = snapshot(size);
  store.step(whole, 0);
  const updates = Object.fromEntries(lockedMachines(size).map((machine) => [machine, { targetSpeed: 1 }]));
  store.step({ type: "commit", txId: "t", updates }, 0);
  const rendered = new Map<string, MachineView | undefined>();
  for (const machine of Object.keys(whole.data.machines)) {
    const render = () => rendered.set(machine, store.core.view(machine));
    render();
    store.subscribeMachine(machine, render);
  }
  return {
    apply: (delta) => store.step(delta, 1),
    read(machine) {
      const view = rendered.get(machine);
      return { record: view?.record ?? {}, isOptimistic: view?.isOptimistic ?? false };
    },
  };
}

/**
 * `useMachineStore(({ $view }) => $view.get(machine))` without React: each hook reads again when it is notified.
 * `isPlain` behaves like zustand's own `useStore`, which runs every selector after every change.
 */
function hooked(size: Size, isPlain: boolean): Side {
  const store = createMachineStore(["targetSpeed"]);
  const whole = snapshot(size);
  store.step(whole, 0);
  const updates = Object.fromEntries(lockedMachines(size).map((machine) => [machine, { targetSpeed: 1 }]));
  store.step({ type: "commit", txId: "t", updates }, 0);
  const rendered = new Map<string, MachineView | undefined>();
  for (const machine of Object.keys(whole.data.machines)) {
    const select = ({ $view }: MachineStoreState) => $view.get(machine);
    const watch = new Watch(store);
    const look = isPlain ? () => select(store.state.getState()) : () => watch.read(select);
    let shown = look();
    rendered.set(machine, shown);
    const subscribe = isPlain ? store.state.subscribe : watch.subscribe;
    subscribe(() => {
      const next = look();
      if (next === shown) return;
      shown = next;
      rendered.set(machine, next);
    });
  }
  return {
    apply: (delta) => store.step(delta, 1),
    read(machine) {
      const view = rendered.get(machine);
      return { record: view?.record ?? {}, isOptimistic: view?.isOptimistic ?? false };
    },
  };
}

/** Measures time and garbage of a delta on all sides, one after the other, and of decoding it. */
export function run(size: Size): { [side in "spec" | "ours" | "hooked" | "plain" | "decode"]: Samples } {
  const texts = deltas(size);
  const sides = {
    spec: specification(size),
    ours: ours(size),
    hooked: hooked(size, false),
    plain: hooked(size, true),
  };
  const frames = () => texts.map((text) => decodeDown(text) as Delta);
  const samples = {
    decode: measured(size, texts, decodeDown),
    spec: measured(size, frames(), (delta) => sides.spec.apply(delta)),
    ours: measured(size, frames(), (delta) => sides.ours.apply(delta)),
    hooked: measured(size, frames(), (delta) => sides.hooked.apply(delta)),
    plain: measured(size, frames(), (delta) => sides.plain.apply(delta)),
  };
  for (let n = 0; n < size.machines; n++) {
    const [theirs, ...own] = [sides.spec, sides.ours, sides.hooked, sides.plain].map((side) =>
      JSON.stringify(side.read(`m_${n}`)),
    );
    for (const each of own)
      if (theirs !== each) throw new Error(`m_${n} looks different on two sides: ${theirs} and ${each}`);
  }
  return samples;
}
