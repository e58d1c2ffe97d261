/**
 * One delta in the page: the specification's selector against our store, the same deltas in turn.
 *
 * 10,000 machines, 10 % changed a delta, 500 of them locked, everybody subscribed. Both sides are handed decoded
 * frames. The specification's side merges the delta into `$server` with a spread for each changed machine, which is
 * the least a reducer can do, and then selects once for all who render.
 */
import { createStore } from "zustand/vanilla";
import { decodeDown, type Delta, encode, type Record, type Snapshot, type Value } from "../src/protocol/index.ts";
import { createMachineStore } from "../src/store/machine/index.ts";

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
  deltas: number;
}

export interface Sample {
  ms: number;
  garbageBytes: number;
}

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

function deltas({ machines, changed, deltas: count }: Size): string[] {
  return Array.from({ length: count }, (_, n) => {
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

function measured(act: () => void): Sample {
  gc();
  const heap = performance.memory.usedJSHeapSize;
  const start = performance.now();
  act();
  const ms = performance.now() - start;
  return { ms, garbageBytes: performance.memory.usedJSHeapSize - heap };
}

/** Each delta's time and garbage, for both sides in turn, and for reading the delta from its text. */
export function run(size: Size): { spec: Sample[]; ours: Sample[]; decode: Sample[] } {
  const whole = snapshot(size);
  const locked = Array.from({ length: size.locks }, (_, n) => `m_${n * Math.floor(size.machines / size.locks)}`);

  const spec = createStore<{ server: Entities; pending: Pending }>()(() => ({
    server: structuredClone(whole.data.machines) as Entities,
    pending: Object.fromEntries(
      locked.map((machine) => [machine, { targetSpeed: { value: 1, txId: "t", timestamp: Date.now() + 1e9 } }]),
    ),
  }));
  let rendered: Entities = {};
  spec.subscribe(({ server, pending }) => {
    rendered = getRenderState(server, pending);
  });

  const ours = createMachineStore(["targetSpeed"]);
  ours.step(whole, 0);
  ours.step(
    { type: "commit", txId: "t", updates: Object.fromEntries(locked.map((machine) => [machine, { targetSpeed: 1 }])) },
    0,
  );
  let seen = 0;
  for (const machine of Object.keys(whole.data.machines)) {
    ours.core.view(machine);
    ours.subscribeMachine(machine, () => {
      if (ours.core.view(machine)?.record.speed !== undefined) seen += 1;
    });
  }

  const samples = { spec: [] as Sample[], ours: [] as Sample[], decode: [] as Sample[] };
  for (const text of deltas(size)) {
    let delta = JSON.parse(text) as Delta;
    samples.decode.push(measured(() => void (delta = decodeDown(text) as Delta)));
    samples.ours.push(measured(() => void ours.step(delta, 1)));
    samples.spec.push(
      measured(() =>
        spec.setState(({ server }) => {
          const next = { ...server };
          for (const [machine, change] of Object.entries(delta.machines ?? {})) {
            next[machine] = { ...next[machine], ...change };
          }
          return { server: next };
        }),
      ),
    );
    for (const machine of Object.keys(delta.machines ?? {})) {
      const { _isOptimistic, ...theirs } = rendered[machine] ?? {};
      const own = ours.core.view(machine);
      if (JSON.stringify(theirs) !== JSON.stringify(own?.record) || Boolean(_isOptimistic) !== own?.isOptimistic) {
        throw new Error(`${machine} looks different on the two sides`);
      }
    }
  }
  if (seen !== size.changed * size.deltas) throw new Error(`${seen} changes were seen, not all`);
  return samples;
}
