/** The store's laws, against the specification's selector written plainly, and under every order of arrival. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome, Value } from "../../contract/index.ts";
import { examples } from "../../testing/examples.ts";
import {
  CRITICAL_OVERRIDES,
  createMachineStore,
  type Event,
  getRenderState,
  IllegalTransition,
  isCritical,
  isPending,
  LOCK_MS,
  type Lock,
  Store,
} from "./index.ts";

const CRITICAL: Value[] = ["EMERGENCY_STOP", "FAULT", "MAINTENANCE_LOCK", "SAFETY_INTERLOCK"];
const MACHINES = ["m_401", "m_402", "m_403"] as const;
const FINALS: Outcome[] = [
  "applied",
  "diverged",
  "blocked",
  "conflict",
  "rejected",
  "failed",
  "cancelled",
  "superseded",
  "unknown",
];

type Entities = { [entity: string]: { [field: string]: Value } };
type Pending = { [entity: string]: { [field: string]: { value: Value; timestamp: number } } };

/** Part 2 of the specification; the instant is passed in. */
function specified(server: Entities, pending: Pending, nowMs: number): Entities {
  const view = structuredClone(server);
  for (const [entityId, fields] of Object.entries(pending)) {
    const status = server[entityId]?.status;
    if (status !== undefined && CRITICAL.includes(status)) continue;
    for (const [field, lock] of Object.entries(fields)) {
      if (nowMs - lock.timestamp > 10_000) continue;
      view[entityId] = { ...view[entityId], [field]: lock.value, _isOptimistic: true };
    }
  }
  return view;
}

function rendered(store: Pick<Store, "machines" | "view">): Entities {
  const entries = [...store.machines()].map((machine) => {
    const view = store.view(machine);
    return [machine, { ...view?.record, ...(view?.isOptimistic && { _isOptimistic: true }) }];
  });
  return Object.fromEntries(entries);
}

function start(): Event {
  const machines = Object.fromEntries(
    MACHINES.map((machine) => [machine, { speed: 0, targetSpeed: 100, status: "RUNNING" }]),
  );
  return {
    type: "snapshot",
    topic: "line:01",
    epoch: "k",
    seq: 0,
    ts: 0,
    data: { machines, kpis: {} },
    revs: {},
    tx: [],
  };
}

const machine = fc.constantFrom(...MACHINES);
const txId = fc.constantFrom("t1", "t2", "t3");
const rev = fc.integer({ min: 1, max: 6 });
const outcome = fc.constantFrom(...FINALS);
const move = fc.oneof(
  fc.record({ kind: fc.constant("commit" as const), txId, machine, value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant("report" as const), machine, value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    kind: fc.constant("status" as const),
    machine,
    status: fc.constantFrom("RUNNING", "IDLE", "EMERGENCY_STOP", "FAULT"),
  }),
  fc.record({ kind: fc.constantFrom("inflight" as const, "lost" as const), txId }),
  fc.record({ kind: fc.constant("notFound" as const), txId, askedMs: fc.constantFrom(0, 3_001, 30_000) }),
  fc.record({ kind: fc.constant("answer" as const), txId, machine, outcome, rev }),
  fc.record({
    kind: fc.constant("echo" as const),
    txId: fc.constantFrom("t1", "t2", "x"),
    machine,
    outcome,
    rev,
  }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 500, 9_999, 10_000, 10_001) }),
);

type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

function eventOf(made: Exclude<Move, { kind: "wait" }>, seq: number): Event {
  const frame = { type: "delta", topic: "line:01", seq, ts: seq } as const;
  switch (made.kind) {
    case "commit":
      return { type: "commit", txId: made.txId, updates: { [made.machine]: { targetSpeed: made.value } } };
    case "report":
      return { ...frame, machines: { [made.machine]: { speed: made.value, targetSpeed: made.value } } };
    case "status":
      return { ...frame, machines: { [made.machine]: { status: made.status } } };
    case "answer": {
      const { machine, outcome, rev } = made;
      return {
        type: "answered",
        txId: made.txId,
        results: [{ machine, field: "targetSpeed", outcome, rev }],
      };
    }
    case "echo": {
      const { txId, machine, outcome, rev } = made;
      return { ...frame, tx: [{ txId, machine, field: "targetSpeed", outcome, rev }] };
    }
    case "notFound":
      return { type: "notFound", txId: made.txId, askedMs: made.askedMs };
    default:
      return { type: made.kind, txId: made.txId };
  }
}

describe("getRenderState [SAFE-1, TIER-4]", () => {
  const lock = (value: Value) => ({ phase: "inflight", txId: "t", value, atMs: 5 }) as Lock;
  const pending = { locks: new Map([["m_401", new Map([["targetSpeed", lock(150)]])]]), notices: new Map() };
  const serverOf = (record: { [field: string]: Value }) => ({ machines: new Map([["m_401", record]]) });

  it.each(CRITICAL_OVERRIDES.map(String))("shows nothing pending while %s holds", (status) => {
    const record = { status, targetSpeed: 100 };
    expect(getRenderState(serverOf(record), pending, "m_401")).toEqual({
      record,
      overlays: {},
      notices: {},
      isOptimistic: false,
    });
  });

  it("shows a pending target in its place otherwise, with the machine's own value beside it", () => {
    const view = getRenderState(serverOf({ status: "RUNNING", targetSpeed: 100 }), pending, "m_401");
    expect(view?.record.targetSpeed).toBe(150);
    expect(view?.overlays.targetSpeed).toMatchObject({ value: 150, server: 100, phase: "inflight" });
    expect(view?.isOptimistic).toBe(true);
  });

  it("has no view of a machine without a record and without a target", () => {
    expect(getRenderState(serverOf({}), pending, "m_402")).toBeUndefined();
  });
});

describe("the laws of the store", () => {
  it("equals the specification's selector at every instant; a stop leaves no lock, and no lock outlives 10 s", () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (history) => {
        const store = createMachineStore(["targetSpeed"]);
        store.step(start(), 0);
        let nowMs = 0;
        let seq = 0;
        for (const each of history) {
          if (each.kind === "wait") nowMs += each.ms;
          const event = each.kind === "wait" ? ({ type: "expire" } as const) : eventOf(each, seq + 1);
          try {
            store.step(event, nowMs);
            if (event.type === "delta") seq += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(IllegalTransition);
            store.step({ type: "expire" }, nowMs);
          }
          const { server, pending } = store.core;
          const locks: Pending = {};
          for (const [key, fields] of pending.locks) {
            expect(isCritical(server.machines.get(key)?.status)).toBe(false);
            for (const [field, lock] of fields) {
              expect(nowMs - lock.atMs).toBeLessThanOrEqual(LOCK_MS);
              expect(isPending(lock.phase)).toBe(true);
              expect(pending.transactions.get(lock.txId)?.targets.get(key)?.get(field)).toBe(lock);
              locks[key] = { ...locks[key], [field]: { value: lock.value, timestamp: lock.atMs } };
            }
          }
          const records = Object.fromEntries(
            [...server.machines.keys()].map((key) => [key, server.machines.get(key) ?? {}]),
          );
          expect(rendered(store.core)).toEqual(specified(records, locks, nowMs));
          const page = store.state.getState();
          expect([...page.pending].sort()).toEqual([...pending.locks.keys()].sort());
          const critical = MACHINES.filter((key) => isCritical(server.machines.get(key)?.status));
          expect([...page.critical].sort()).toEqual(critical);
        }
      }),
      examples(300),
    );
  });

  it("ends the same, whatever the order of answer, echo, heartbeat and expiry", async () => {
    const ends = new Map<Outcome, unknown>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), outcome, async (scheduler, expected) => {
        const store = new Store(["targetSpeed"]);
        store.step(start(), 0);
        store.step({ type: "commit", txId: "t1", updates: { m_401: { targetSpeed: 150 } } }, 0);
        store.step({ type: "inflight", txId: "t1" }, 0);
        let nowMs = 0;
        let seq = 0;
        const item = { machine: "m_401", field: "targetSpeed", outcome: expected, rev: 1 };
        const actions: { [name: string]: () => void } = {
          answer: () => store.step({ type: "answered", txId: "t1", results: [item] }, nowMs),
          "answer again": () => store.step({ type: "answered", txId: "t1", results: [item] }, nowMs),
          echo: () => echo(),
          "echo again": () => echo(),
          heartbeat: () => delta({ machines: { m_401: { speed: 7 } } }),
          expiry: () => {
            nowMs += LOCK_MS + 1;
            store.step({ type: "expire" }, nowMs);
          },
        };
        function delta(more: object): void {
          seq += 1;
          store.step({ type: "delta", topic: "line:01", seq, ts: 0, ...more }, nowMs);
        }
        function echo(): void {
          delta({
            machines: { m_401: { targetSpeed: expected === "applied" ? 150 : 100 } },
            tx: [{ txId: "t1", ...item }],
          });
        }
        for (const [name, act] of Object.entries(actions)) {
          scheduler.schedule(Promise.resolve(), name).then(act);
        }
        await scheduler.waitAll();
        const target = store.pending.transactions.get("t1")?.targets.get("m_401")?.get("targetSpeed");
        const end = [target?.phase, target?.outcome, target?.rev, store.pending.locks.size, rendered(store)];
        if (!ends.has(expected)) ends.set(expected, end);
        expect(end).toEqual(ends.get(expected));
        expect(target?.outcome).toBe(expected);
      }),
      examples(500),
    );
  });

  it("wakes only the subscribers of changed machines, and keeps every other view's identity", () => {
    const store = createMachineStore(["targetSpeed"]);
    store.step(start(), 0);
    const woken: string[] = [];
    const stops = MACHINES.map((key) => store.subscribeMachine(key, () => woken.push(key)));
    const before = MACHINES.map((key) => store.core.view(key));
    const page = store.state.getState();
    store.step(
      {
        type: "delta",
        topic: "line:01",
        seq: 1,
        ts: 1,
        machines: { m_402: { speed: 5 }, m_403: { speed: 0 } },
      },
      1,
    );
    expect(woken).toEqual(["m_402"]);
    expect(MACHINES.map((key, at) => store.core.view(key) === before[at])).toEqual([true, false, true]);
    const { $server, $pending, $view, ...parts } = store.state.getState();
    for (const [name, part] of Object.entries(parts)) expect(part).toBe(Reflect.get(page, name));
    expect($view).not.toBe(page.$view);
    expect($view.get("m_401")).toBe(before[0]);
    expect($view.get("m_402")?.record.speed).toBe(5);
    expect($server.machines.get("m_402")?.speed).toBe(5);
    expect($pending.locks.size).toBe(0);
    for (const stop of stops) stop();
    store.step({ type: "delta", topic: "line:01", seq: 2, ts: 2, machines: { m_402: { speed: 6 } } }, 2);
    expect(woken).toEqual(["m_402"]);
  });
});
