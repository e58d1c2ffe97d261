// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { useShallow } from "zustand/react/shallow";
import { examples } from "../../testing/examples.ts";
import {
  createMachineStore,
  type Event,
  type MachineStore,
  MachineStoreContext,
  type MachineStoreState,
  useMachineStore,
} from "./index.ts";
import { Watch } from "./watch.ts";

afterEach(cleanup);

const MACHINES = ["m_401", "m_402", "m_403"] as const;

function started(): { store: MachineStore; report: (machine: string, speed: number) => void } {
  const store = createMachineStore(["targetSpeed"]);
  const machines = Object.fromEntries(MACHINES.map((machine) => [machine, { speed: 0, status: "RUNNING" }]));
  const frame = { topic: "line:01", ts: 0 };
  store.step(
    { type: "snapshot", ...frame, epoch: "k", seq: 0, data: { machines, kpis: {} }, revs: {}, tx: [] },
    0,
  );
  let seq = 0;
  return {
    store,
    report(machine, speed) {
      seq += 1;
      store.step({ type: "delta", ...frame, seq, machines: { [machine]: { speed } } }, 0);
    },
  };
}

const commit: Event = { type: "commit", txId: "t", updates: { m_401: { targetSpeed: 5 } } };

describe("a selector runs when what it reads changes [TIER-3]", () => {
  it("runs a selector of one machine after a change of that machine, and not after others", () => {
    const { store, report } = started();
    const runs: string[] = [];
    for (const machine of MACHINES) {
      const watch = new Watch(store);
      const select = ({ $view, $server }: MachineStoreState) => {
        runs.push(machine);
        return [$view.get(machine)?.record.speed, $server.machines.get(machine)?.speed].join();
      };
      watch.read(select);
      watch.subscribe(() => watch.read(select));
    }
    runs.length = 0;
    report("m_402", 7);
    store.step(commit, 0);
    expect(runs).toEqual(["m_402", "m_401"]);
  });

  it("gives each selector what zustand itself would give it", () => {
    const selectors: ((state: MachineStoreState) => unknown)[] = [
      ({ $view }) => $view.get("m_401"),
      ({ $server }) => $server.machines.get("m_402")?.speed,
      ({ $server }) => $server.machines.has("m_404"),
      ({ $view }) => [...$view.keys()].join(),
      ({ $server }) => $server.machines.size,
      ({ $view }) => $view,
      ({ $server }) => $server,
      (state) => state,
      ({ pending }) => pending,
      ({ $view, pending }) => ($view.get("m_401")?.isOptimistic ? pending : $view.get("m_402")),
      ({ $view }) => ($view.get("m_401")?.record.speed === 2 ? $view.get("m_403") : "not yet"),
      ({ $view, transactions }) => ($view.get("m_403")?.record.speed === 1 ? transactions : null),
    ];
    const machine = fc.constantFrom(...MACHINES);
    const move = fc.record({ machine, speed: fc.integer({ min: 0, max: 3 }), isCommit: fc.boolean() });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 12 }), (moves) => {
        const { store, report } = started();
        const seen = selectors.map((select) => {
          const watch = new Watch(store);
          const kept = { value: watch.read(select) };
          watch.subscribe(() => {
            kept.value = watch.read(select);
          });
          return kept;
        });
        moves.forEach(({ machine, speed, isCommit }, at) => {
          if (isCommit) {
            store.step({ type: "commit", txId: `t${at}`, updates: { [machine]: { targetSpeed: speed } } }, 0);
          } else report(machine, speed);
          const state = store.state.getState();
          expect(seen.map(({ value }) => value)).toEqual(selectors.map((select) => select(state)));
          selectors.forEach((select, index) => {
            expect(Object.is(seen[index]?.value, select(state)), String(select)).toBe(true);
          });
        });
      }),
      examples(60),
    );
  });

  it("runs after a change of any machine if a tier leaves the selector", () => {
    const { store, report } = started();
    let renders = 0;
    function Both() {
      renders += 1;
      const { mine, all } = useMachineStore(
        useShallow(({ $view }) => ({ mine: $view.get("m_401"), all: $view })),
      );
      return <output>{`${mine?.record.speed} ${all.get("m_403")?.record.speed}`}</output>;
    }
    render(<Both />, { wrapper: within(store) });
    act(() => report("m_403", 3));
    expect(screen.getByRole("status").textContent).toBe("0 3");
    expect(renders).toBe(2);
  });

  it("follows a component that is given another machine, and one whose selector turns to the whole plant", () => {
    const { store, report } = started();
    const runs: string[] = [];
    function Speed({ machine }: { machine: string }) {
      const speed = useMachineStore((state) => {
        runs.push(machine);
        const own = Number(state.$view.get(machine)?.record.speed);
        return own < 9 ? own : state.critical.size;
      });
      return <output>{speed}</output>;
    }
    const { rerender } = render(<Speed machine="m_401" />, { wrapper: within(store) });
    rerender(<Speed machine="m_402" />);
    runs.length = 0;
    act(() => report("m_401", 4));
    expect(runs).toEqual([]);
    act(() => report("m_402", 5));
    expect(screen.getByRole("status").textContent).toBe("5");
    act(() => report("m_402", 9));
    expect(screen.getByRole("status").textContent).toBe("0");
    act(() => {
      store.step(
        { type: "delta", topic: "line:01", ts: 0, seq: 4, machines: { m_403: { status: "FAULT" } } },
        0,
      );
    });
    expect(screen.getByRole("status").textContent).toBe("1");
  });
});

function within(store: MachineStore) {
  return ({ children }: { children: React.ReactNode }) => (
    <MachineStoreContext value={store}>{children}</MachineStoreContext>
  );
}
