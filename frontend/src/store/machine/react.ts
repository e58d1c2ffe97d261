/** The store for React: the context that gives it, and a hook for each of its parts. */
import { createContext, useCallback, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import type { OpenTarget, Record } from "../../contract/index.ts";
import type { MachineStore, MachineStoreState } from "./index.ts";
import { getOpenTarget } from "./selectors.ts";
import type { MachineView, Recent, Transaction } from "./types.ts";
import { Watch } from "./watch.ts";

/** The store of the components below. */
export const MachineStoreContext = createContext<MachineStore | null>(null);

/**
 * A part of the store's state, as zustand's own hooks give it: `useMachineStore((state) => state.$view.get("m_402"))`.
 * A selector that reads one machine, by `$view.get` or `$server.machines.get`, runs when that machine changes; any
 * other runs after every change.
 */
export function useMachineStore<T>(select: (state: MachineStoreState) => T): T {
  const store = useStoreOfPage();
  const watch = useMemo(() => new Watch(store), [store]);
  const part = useSyncExternalStore(
    watch.subscribe,
    () => watch.read(select),
    () => select(store.state.getInitialState()),
  );
  useEffect(() => watch.settle(select));
  return part;
}

function useStoreOfPage(): MachineStore {
  const store = useContext(MachineStoreContext);
  if (!store) throw new Error("expected a MachineStoreContext around this component, but there is none");
  return store;
}

/**
 * One machine as a person sees it; renders again only when that machine changes. With `"rare"` it renders again only
 * when something other than the measured numbers changes. A tile uses this, and writes its numbers itself, without
 * React.
 */
export function useMachine(machine: string, watch: "all" | "rare" = "all"): MachineView | undefined {
  const store = useStoreOfPage();
  const subscribe = useCallback(
    (listener: () => void) => store.subscribeMachine(machine, listener),
    [store, machine],
  );
  return useSyncExternalStore(subscribe, () =>
    watch === "rare" ? store.rare(machine) : store.core.view(machine),
  );
}

/** The latest outcomes on a machine's fields, oldest first. */
export function useRecent(machine: string): readonly Recent[] {
  const store = useStoreOfPage();
  const subscribe = useCallback(
    (listener: () => void) => store.subscribeMachine(machine, listener),
    [store, machine],
  );
  return useSyncExternalStore(subscribe, () => store.core.server.recent.get(machine) ?? NONE);
}

/** Another person's open target on the field (OPEN-3). */
export function useOpenTarget(machine: string, field: string): OpenTarget | undefined {
  const store = useStoreOfPage();
  const subscribe = useCallback(
    (listener: () => void) => store.subscribeMachine(machine, listener),
    [store, machine],
  );
  return useSyncExternalStore(subscribe, () =>
    getOpenTarget(store.core.server, store.core.pending, machine, field),
  );
}

const NONE: readonly Recent[] = [];

/** A topic's KPIs. */
export function useKpis(topic: string): Record | undefined {
  const store = useStoreOfPage();
  const subscribe = useCallback(
    (listener: () => void) => store.subscribeKpis(topic, listener),
    [store, topic],
  );
  return useSyncExternalStore(subscribe, () => store.core.server.kpis.get(topic));
}

/** One commit and all of its targets. */
export function useTransaction(txId: string): Transaction | undefined {
  return useMachineStore((state) => state.transactions.get(txId));
}
