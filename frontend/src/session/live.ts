/**
 * Where the views meet the store, the link and the clock: one `Live` a page, made when the plant is known.
 *
 * The store decides what is seen, the link what may be believed; here their effects are played (toasts, questions,
 * timers) and turned into hooks. Two things are added because only a screen needs them: `useCold`, a machine
 * without its hot numbers, so that a delta that only moves numbers renders nothing; and `Concerns`, what needs
 * attention, kept up to date at the cost of what changed.
 */
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { create } from "zustand";
import type { User, Record as Values } from "../contract/index.ts";
import type { Plant } from "../contract/plant.ts";
import * as socketHooks from "../hooks/useLiveSocket.ts";
import type { Known } from "../preview/index.ts";
import {
  createMachineStore,
  type Effect,
  type Event,
  type MachineStore,
  type MachineView,
  type Recent,
  SYSTEM_FIELDS,
  type Transaction,
} from "../store/machine/index.ts";
import { type Concerns, concernsOf, NO_CONCERNS } from "./concerns.ts";
import { type Condition, conditionOf, LineConditions } from "./conditions.ts";
import { type ConnectionNow, type Freshness, LiveSocket } from "./connection.ts";
import { linkHoldOf } from "./hold.ts";

export type { MachineView, Notice, Overlay } from "../store/machine/index.ts";
export type { Concern, Concerns, LineCounts } from "./concerns.ts";
export type { Freshness } from "./connection.ts";

export interface Connection extends ConnectionNow {
  readonly doubtfulMachines: number;
}

class Live {
  readonly store: MachineStore;
  readonly socket: LiveSocket;
  readonly plant: Plant;
  readonly #coldFields: readonly string[];
  readonly #cold = new Map<string, { view: MachineView | undefined; cold: MachineView | undefined }>();
  readonly #statuses = new Map<string, string>();
  readonly #conflicts = new Set<string>();
  readonly #effectListeners = new Set<(effect: Effect) => void>();
  readonly #changeListeners = new Set<(machines: readonly string[]) => void>();
  readonly conditions: LineConditions;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(plant: Plant, isKiosk: boolean) {
    this.plant = plant;
    this.store = createMachineStore(plant.writable.map((field) => field.name));
    this.#coldFields = [...SYSTEM_FIELDS, ...plant.writable.map((field) => field.name)];
    this.conditions = new LineConditions(plant, (machine) => {
      const { server, pending } = this.store.core;
      return conditionOf(machine, server.machines.get(machine), pending.locks.has(machine));
    });
    this.socket = new LiveSocket({ isKiosk, deliver: (event) => this.step(event) });
  }

  step(event: Event): void {
    const effects = this.store.step(event, performance.now());
    for (const effect of effects) {
      if (effect.type === "changed") {
        this.#noteChanges(effect.machines);
        for (const listener of this.#changeListeners) listener(effect.machines);
      } else if (effect.type === "schedule") this.#schedule(effect.atMs);
      else for (const listener of this.#effectListeners) listener(effect);
    }
    if ("revs" in event && event.revs) this.#tellRevs(event.revs);
  }

  onEffect(listener: (effect: Effect) => void): () => void {
    this.#effectListeners.add(listener);
    return () => this.#effectListeners.delete(listener);
  }

  /** Told the machines that look different, and those of which a rev may have risen. */
  onChanges(listener: (machines: readonly string[]) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  #tellRevs(revs: object): void {
    if (this.#changeListeners.size === 0) return;
    const machines = Object.keys(revs);
    if (machines.length) for (const listener of this.#changeListeners) listener(machines);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.socket.close();
  }

  /** The machine as last seen with other rare values: the same object while only hot numbers change. */
  cold(machine: string): MachineView | undefined {
    const view = this.store.core.view(machine);
    const kept = this.#cold.get(machine);
    if (kept && (kept.view === view || this.#looksSame(kept.cold, view))) {
      kept.view = view;
      return kept.cold;
    }
    this.#cold.set(machine, { view, cold: view });
    return view;
  }

  status(machine: string): string {
    return this.#statuses.get(machine) ?? "";
  }

  #looksSame(a: MachineView | undefined, b: MachineView | undefined): boolean {
    if (!a || !b) return a === b;
    if (!isShallowEqual(a.notices, b.notices)) return false;
    for (const field of this.#coldFields) if (a.record[field] !== b.record[field]) return false;
    if (a.overlays === b.overlays) return true;
    const names = Object.keys(a.overlays);
    return (
      names.length === Object.keys(b.overlays).length &&
      names.every((name) => isShallowEqual(a.overlays[name], b.overlays[name]))
    );
  }

  #schedule(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.step({ type: "expire" }), Math.max(0, atMs - performance.now()) + 1);
  }

  #noteChanges(machines: readonly string[]): void {
    const { server, pending } = this.store.core;
    const before = useIndex.getState();
    const changed: string[] = [];
    let hasNewStatus = false;
    let hasNewConcern = before.pendingSet !== this.store.state.getState().pending;
    for (const machine of machines) {
      const record = server.machines.get(machine);
      const status = typeof record?.status === "string" ? record.status : "";
      const quality = typeof record?.quality === "string" ? record.quality : "";
      const mark = record && `${status} ${quality} ${record.since} ${pending.locks.has(machine)}`;
      if (this.#marks.get(machine) !== mark) {
        if (mark === undefined) this.#marks.delete(machine);
        else this.#marks.set(machine, mark);
        changed.push(machine);
        this.#statuses.set(machine, status);
        hasNewStatus = true;
        hasNewConcern = true;
      }
      const isConflict = [...(pending.notices.get(machine)?.values() ?? [])].some(
        (each) => each.kind === "conflict",
      );
      if (isConflict === this.#conflicts.has(machine)) continue;
      if (isConflict) this.#conflicts.add(machine);
      else this.#conflicts.delete(machine);
      hasNewConcern = true;
    }
    this.conditions.changed(changed);
    if (!hasNewConcern) return;
    useIndex.setState({
      statusVersion: before.statusVersion + (hasNewStatus ? 1 : 0),
      pendingSet: this.store.state.getState().pending,
      concerns: concernsOf(this.plant, this.store, this.#conflicts),
    });
  }

  readonly #marks = new Map<string, string>();
}

interface Index {
  readonly concerns: Concerns;
  readonly statusVersion: number;
  readonly pendingSet: ReadonlySet<string> | null;
}

const useIndex = create<Index>(() => ({ concerns: NO_CONCERNS, statusVersion: 0, pendingSet: null }));

function isShallowEqual(a: object | undefined, b: object | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Reflect.get(a, name) === Reflect.get(b, name))
  );
}

// ---- the one of this page -------------------------------------------------------------------------------

let current: Live | null = null;

/** Opens the page's one connection; the answer closes it. */
export function startLive(plant: Plant, isKiosk: boolean, onEffect: (effect: Effect) => void): () => void {
  const live = new Live(plant, isKiosk);
  live.onEffect(onEffect);
  current = live;
  return () => {
    live.close();
    if (current === live) current = null;
    useIndex.setState({ concerns: NO_CONCERNS, statusVersion: 0, pendingSet: null });
  };
}

function live(): Live {
  if (!current) throw new Error("startLive comes before any view that shows machines");
  return current;
}

/** What a person or HTTP says, for the store. */
export function tell(event: Event): void {
  live().step(event);
}

export function machineNow(machine: string): MachineView | undefined {
  return live().store.core.view(machine);
}

/** The revs of a machine's fields as they are shown: the base of what is asked now (CONF-1). */
export function revsNow(machine: string): Readonly<Record<string, number>> {
  return live().store.core.server.revs.get(machine) ?? NO_REVS;
}

const NO_REVS: Readonly<Record<string, number>> = {};

export function onMachine(machine: string, listener: () => void): () => void {
  return live().store.subscribeMachine(machine, listener);
}

/** A commit is answered within so long (CMD-3); what the server reads later than that, it must not send. */
const ANSWER_WITHIN_S = 3;

/** Until when the server may send what is committed now, in its own time (CMD-8). Null before it was heard. */
export function notAfter(): number | null {
  const now = live().socket.serverTime();
  return now === null ? null : now + ANSWER_WITHIN_S;
}

/** The server's time in Unix seconds; this computer's until the server was heard. */
export function serverTime(): number {
  return current?.socket.serverTime() ?? Date.now() / 1000;
}

/** The server's time, in Unix seconds, at an instant of `performance.now()`. */
export function heardAt(atMs: number): number {
  return serverTime() - (performance.now() - atMs) / 1000;
}

/** Why nothing may be committed now, for people; null while the connection is live. */
export function holdNow(): string | null {
  return linkHoldOf(live().socket.connection().state);
}

export function transactionOf(txId: string) {
  return live().store.core.pending.transactions.get(txId);
}

// ---- hooks ----------------------------------------------------------------------------------------------

/** One machine; renders again only when something beside its hot numbers changes. */
export function useCold(machine: string): MachineView | undefined {
  const subscribe = useCallback((listener: () => void) => onMachine(machine, listener), [machine]);
  return useSyncExternalStore(subscribe, () => live().cold(machine));
}

export function useRecent(machine: string): readonly Recent[] {
  const subscribe = useCallback((listener: () => void) => onMachine(machine, listener), [machine]);
  return useSyncExternalStore(subscribe, () => live().store.core.server.recent.get(machine) ?? NONE);
}

const NONE: readonly Recent[] = [];

export function useKpis(topic: string): Values | undefined {
  const subscribe = useCallback(
    (listener: () => void) => live().store.subscribeKpis(topic, listener),
    [topic],
  );
  return useSyncExternalStore(subscribe, () => live().store.core.server.kpis.get(topic));
}

/** The machines of a line as an overview shows them; renders again only when one of them changes its condition. */
export function useConditions(line: string): readonly Condition[] {
  const { conditions } = live();
  const subscribe = useCallback(
    (listener: () => void) => conditions.subscribe(line, listener),
    [conditions, line],
  );
  return useSyncExternalStore(subscribe, () => conditions.of(line));
}

export function useConcerns(): Concerns {
  return useIndex((state) => state.concerns);
}

export function useMe(): User | null {
  const { state } = live().store;
  return useSyncExternalStore(state.subscribe, () => state.getState().user);
}

/** A commit, another object whenever one of its targets changed; undefined once it is forgotten. */
export function useTransaction(txId: string): Transaction | undefined {
  const { state } = live().store;
  return useSyncExternalStore(state.subscribe, () => state.getState().transactions.get(txId));
}

/** The targets of a commit by machine, then field; undefined once it is forgotten. */
export function useTargets(txId: string): Transaction["targets"] | undefined {
  return useTransaction(txId)?.targets;
}

/** Listens to the topics for as long as the component is there. */
export function useTopics(topics: readonly string[]): void {
  socketHooks.useTopics(live().socket, topics);
}

export function useConnection(): Connection {
  const { socket, store } = live();
  const connection = socketHooks.useLiveSocket(socket);
  const doubtfulMachines = useSyncExternalStore(
    store.state.subscribe,
    () => store.state.getState().doubtful.size,
  );
  return useMemo(() => ({ ...connection, doubtfulMachines }), [connection, doubtfulMachines]);
}

/** Why nothing may be committed now; renders again when that changes. */
export function useHold(): string | null {
  const { socket } = live();
  return useSyncExternalStore(socket.subscribe, () => linkHoldOf(socket.connection().state));
}

/** Whether what the topic tells may be taken for live, and when it was last heard of. */
export function useFreshness(topic: string): Freshness {
  return socketHooks.useFreshness(live().socket, topic);
}

/** The statuses that occur among the machines, in the order of the alphabet. */
export function useStatuses(machines: readonly string[]): readonly string[] {
  const version = useIndex((state) => state.statusVersion);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that statuses changed.
  return useMemo(
    () => [...new Set(machines.map((machine) => live().status(machine)).filter(Boolean))].sort(),
    [machines, version],
  );
}

/** The machines that pass the filter named in the address. */
export function useFiltered(machines: readonly string[], filter: string): readonly string[] {
  const { concerns, statusVersion } = useIndex();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version says that statuses changed.
  return useMemo(() => {
    if (filter === "") return machines;
    const wanted = status(filter);
    if (wanted !== null) return machines.filter((machine) => live().status(machine) === wanted);
    const doubtful = concerns.doubtful.map((concern) => concern.machine);
    const sets: Record<string, readonly string[]> = {
      attention: [...concerns.critical.map((concern) => concern.machine), ...doubtful, ...concerns.conflicts],
      pending: concerns.pending,
      stale: doubtful,
      "not-running": machines.filter((machine) => !runs(machine)),
    };
    const members = new Set(sets[filter] ?? machines);
    return machines.filter((machine) => members.has(machine));
  }, [machines, filter, concerns, statusVersion]);
}

/** As the server counts it: the machine says that it runs, and is in contact. */
function runs(machine: string): boolean {
  const record = live().store.core.server.machines.get(machine);
  return record?.status === "RUNNING" && record.quality !== "OFFLINE" && record.quality !== "NEVER_SEEN";
}

function status(filter: string): string | null {
  return filter.startsWith("status:") ? filter.slice("status:".length) : null;
}

/** Rare changes may wait a moment for each other; while machines become known, a shorter one. */
const LOOK_AGAIN_MS = 250;
const LOOK_SOON_MS = 50;

/** The server's own values and revs, as a preview asks for them. */
export function knownPlant(): Omit<Known, "change"> {
  const { plant, store } = live();
  const { server } = store.core;
  return {
    plant,
    record: (machine) => server.machines.get(machine),
    revs: (machine) => server.revs.get(machine),
  };
}

/**
 * Calls `look` once, and again with the machines that changed in anything but their hot numbers: several changes at
 * once, soon after the first of them.
 */
export function useLooks(
  machines: readonly string[],
  look: (changed?: ReadonlySet<string>) => void,
  isEager: boolean,
): void {
  const isSoon = useRef(isEager);
  isSoon.current = isEager;
  useEffect(() => {
    const { server } = live().store.core;
    const wanted = new Set(machines);
    const seen = new Map<string, readonly unknown[]>();
    let news = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const isNews = (machine: string) => {
      const now = [live().cold(machine), server.revs.get(machine)];
      const before = seen.get(machine);
      if (before?.every((each, index) => each === now[index])) return false;
      seen.set(machine, now);
      return true;
    };
    const lookAtNews = () => {
      timer = undefined;
      const changed = news;
      news = new Set();
      look(changed);
    };
    const stop = live().onChanges((changed) => {
      for (const machine of changed) if (wanted.has(machine) && isNews(machine)) news.add(machine);
      if (news.size > 0) timer ??= setTimeout(lookAtNews, isSoon.current ? LOOK_SOON_MS : LOOK_AGAIN_MS);
    });
    look();
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [machines, look]);
}
