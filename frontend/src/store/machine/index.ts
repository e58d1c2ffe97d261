/**
 * The store: three tiers, one entry point, and the connection to React. Twin of `src/setpoint/core/store/__init__.py`.
 *
 *     serverSlice    $server: topics, positions, records, revs                  (TIER-1, SEQ-7)
 *     outcomes       what an outcome means for a target, and its message        (CMD, CONF)
 *     pendingTargets $pending: the transactions, locks and notices, and how each is changed
 *     pendingSlice   the rules by which they change                             (LOCK, TX, CONF, SAFE)
 *     selectors      $view: both merged, machine by machine                     (TIER-2, TIER-4)
 *     types          events, effects, records
 *     react          the context and the hooks
 *
 * `Store.step` decides: it takes frames from the link, actions of people, and answers over HTTP. It knows neither
 * zustand nor React, and the vectors replay it. `createMachineStore` holds one: zustand has the state for the whole
 * page (which machines are critical, pending, in doubt), and each machine has its own subscription, so that a delta
 * wakes only the tiles that it changed (TIER-3). Both are notified after the step, never within it.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { User } from "../../contract/index.ts";
import { PendingSlice } from "./pendingSlice.ts";
import { RareViews } from "./rare.ts";
import { getRenderState } from "./selectors.ts";
import { type Seen, ServerSlice } from "./serverSlice.ts";
import {
  type Effect,
  type Event,
  isCritical,
  type MachineView,
  type PendingState,
  type ServerState,
  type Transaction,
  Transition,
  type ViewState,
} from "./types.ts";

export { type FieldFeedback, fieldFeedback, type Look, lookOf } from "./feedback.ts";
export { UNKNOWN_WORDS } from "./outcomes.ts";
export * from "./react.ts";
export { batchBody, getCondition, getOpenTarget, getRenderState, targetsOf } from "./selectors.ts";
export { merge } from "./serverSlice.ts";
export * from "./types.ts";

/** One client's picture of the plant. `writable`: the names of the fields that can have targets (LOCK-1). */
export class Store {
  readonly #server = new ServerSlice();
  readonly #pending: PendingSlice;
  /** Views of machines that have targets but are not known to the server. */
  readonly #withoutRecord = new Map<string, Seen>();

  constructor(writable: Iterable<string>) {
    this.#pending = new PendingSlice(this.#server, new Set(writable));
  }

  /** The plant was read again: from now on these fields may be asked for (LOCK-1, PLANT-1). */
  maySet(writable: Iterable<string>): void {
    this.#pending.maySet(new Set(writable));
  }

  get server(): ServerState {
    return this.#server;
  }

  get pending(): PendingState {
    return this.#pending;
  }

  /**
   * A new number whenever a machine may have been added or removed, or its condition or pending state may have
   * changed.
   */
  get membershipRevision(): number {
    return this.#server.knownRevision + this.#server.conditionRevision + this.#pending.lockedRevision;
  }

  /**
   * Applies `event` at the monotonic instant `nowMs`, and returns its effects.
   *
   * Throws `IllegalTransition`, and changes nothing, for a `commit` of a known txId, of nothing, or of a field that
   * cannot be set, and for an `inflight` or `cancel` of a transaction that is not waiting to be sent. Nothing
   * from the network is refused: whatever does not fit is ignored.
   */
  step(event: Event, nowMs: number): Effect[] {
    this.#pending.check(event, nowMs);
    const transition = new Transition(nowMs);
    this.#pending.expire(transition);
    this.#take(event, transition);
    const effects = transition.effects();
    const atMs = this.#pending.nextDeadline();
    if (atMs !== null) effects.push({ type: "schedule", atMs });
    return effects;
  }

  #take(event: Event, transition: Transition): void {
    const server = this.#server;
    const pending = this.#pending;
    const condition = server.conditionRevision;
    switch (event.type) {
      case "delta":
        if (!server.applyDelta(event, transition)) return;
        if (event.tx) pending.takeOutcomes(event.tx, transition);
        // A machine with locks is not critical, so only a new status can void them.
        if (server.conditionRevision !== condition) pending.voidCritical(transition);
        return;
      case "snapshot":
        if (!server.applySnapshot(event, transition)) return;
        pending.takeOutcomes(event.tx, transition);
        pending.voidCritical(transition);
        return;
      case "hello":
        server.greet(event);
        pending.askAgain(transition);
        return;
      case "unsubscribed":
        server.unsubscribe(event.topic, transition);
        return;
      case "commit":
        pending.commit(event, transition);
        return;
      case "inflight":
        pending.inflight(event.txId, transition);
        return;
      case "cancel":
        pending.cancel(event.txId, transition);
        return;
      case "answered":
        pending.answered(event.txId, event.results, transition);
        return;
      case "refused":
        pending.refused(event.txId, event.message, transition);
        return;
      case "lost":
        pending.lost(event.txId, transition);
        return;
      case "notFound":
        pending.notFound(event.txId, event.askedMs, transition);
        return;
      case "wake":
        pending.wake(transition);
        return;
      case "expire":
        return; // the deadlines were checked on entry
      default:
        unreachable(event);
    }
  }

  /** Every machine that can be viewed: known to the server, or with a target. */
  *machines(): Generator<string> {
    yield* this.#server.machines.keys();
    for (const machine of this.#pending.locks.keys()) if (!this.#server.machines.has(machine)) yield machine;
  }

  /** One machine as a person sees it. It is the same object until its record, its locks or its notices change. */
  view(machine: string): MachineView | undefined {
    const cell = this.#server.cell(machine);
    const locks = this.#pending.locks.size ? this.#pending.locks.get(machine) : undefined;
    const notices = this.#pending.notices.size ? this.#pending.notices.get(machine) : undefined;
    const seen = cell ?? this.#withoutRecord.get(machine);
    if (seen?.view && seen.locks === locks && seen.notices === notices) return seen.view;
    const view = getRenderState(this.#server, this.#pending, machine);
    if (seen) {
      seen.view = view;
      if (seen.locks !== locks) seen.locks = locks;
      if (seen.notices !== notices) seen.notices = notices;
    }
    if (cell || !view) this.#withoutRecord.delete(machine);
    else if (!seen) this.#withoutRecord.set(machine, { view, locks, notices });
    return view;
  }
}

function unreachable(event: never): never {
  throw new TypeError(`expected an event of the store, but got ${JSON.stringify(event)}`);
}

/**
 * The state in zustand: the three tiers of the specification, and the state for the whole page.
 *
 * `$server`, `$pending` and `$view` are new objects after each of their changes, so that a selector such as
 * `(state) => state.$view.get("m_402")` runs again; what it finds keeps its identity while it is unchanged. Every
 * other part keeps its identity until it changes.
 */
export interface MachineStoreState {
  readonly $server: ServerState;
  readonly $pending: PendingState;
  readonly $view: ViewState;
  readonly epoch: string | null;
  readonly user: User | null;
  /** Every machine of `$server`. */
  readonly machines: ReadonlySet<string>;
  /** Machines whose condition is critical (SAFE-1). */
  readonly critical: ReadonlySet<string>;
  /** Machines whose quality is not GOOD. */
  readonly doubtful: ReadonlySet<string>;
  /** Machines with a pending target. */
  readonly pending: ReadonlySet<string>;
  readonly transactions: ReadonlyMap<string, Transaction>;
}

/** A `Store` with listeners. `state` is zustand's, for `useStore` and for its middleware. */
export interface MachineStore {
  readonly state: StoreApi<MachineStoreState>;
  /** The decisions and both tiers, read-only. Only `step` writes. */
  readonly core: Pick<Store, "server" | "pending" | "machines" | "view">;
  readonly step: (event: Event, nowMs: number) => readonly Effect[];
  /** A machine's view as of the last change of anything but its measured numbers. */
  readonly rare: (machine: string) => MachineView | undefined;
  /** The plant was read again: from now on these fields may be asked for (LOCK-1, PLANT-1). */
  readonly maySet: (writable: readonly string[]) => void;
  readonly subscribeMachine: (machine: string, listener: () => void) => () => void;
  readonly subscribeKpis: (topic: string, listener: () => void) => () => void;
}

/** A store for fields with these names that people may set (LOCK-1). */
export function createMachineStore(writable: Iterable<string>): MachineStore {
  const names = [...writable];
  const core = new Store(names);
  const rare = new RareViews(names, (machine) => core.view(machine));
  const machines = new Listeners();
  const kpis = new Listeners();
  let membership = core.membershipRevision;
  const state = createStore<MachineStoreState>()(() => ({
    ...tiersOf(core),
    epoch: null,
    user: null,
    machines: new Set(),
    critical: new Set(),
    doubtful: new Set(),
    pending: new Set(),
    transactions: new Map(),
  }));
  return {
    state,
    core,
    step(event, nowMs) {
      const effects = core.step(event, nowMs);
      const changed = effects[0]?.type === "changed" ? effects[0] : null;
      const before = state.getState();
      const after = nextState(before, core, changed, core.membershipRevision !== membership);
      membership = core.membershipRevision;
      if (after !== before) state.setState(after, true);
      if (changed) {
        machines.tell(changed.machines);
        kpis.tell(changed.kpis);
      }
      return effects;
    },
    rare: (machine) => rare.of(machine),
    maySet(names) {
      core.maySet(names);
      rare.maySet(names);
    },
    subscribeMachine: (machine, listener) => machines.add(machine, listener),
    subscribeKpis: (topic, listener) => kpis.add(topic, listener),
  };
}

type Changed = Extract<Effect, { type: "changed" }>;

/** The page's state after a step. It is the same object if nothing in it changed. */
function nextState(
  before: MachineStoreState,
  core: Store,
  changed: Changed | null,
  hasNewMembers: boolean,
): MachineStoreState {
  const { server, pending } = core;
  const known = new Membership(before.machines);
  const critical = new Membership(before.critical);
  const doubtful = new Membership(before.doubtful);
  const locked = new Membership(before.pending);
  for (const machine of hasNewMembers && changed ? changed.machines : []) {
    const record = server.machines.get(machine);
    known.set(machine, record !== undefined);
    critical.set(machine, isCritical(record?.status));
    doubtful.set(machine, record?.quality !== undefined && record.quality !== "GOOD");
    locked.set(machine, pending.locks.has(machine));
  }
  const after: MachineStoreState = {
    ...(changed
      ? tiersOf(core)
      : { $server: before.$server, $pending: before.$pending, $view: before.$view }),
    epoch: server.epoch,
    user: server.user,
    machines: known.members,
    critical: critical.members,
    doubtful: doubtful.members,
    pending: locked.members,
    transactions: changed?.transactions.length ? new Map(pending.transactions) : before.transactions,
  };
  for (const key in after) {
    const name = key as keyof MachineStoreState;
    if (after[name] !== before[name]) return after;
  }
  return before;
}

/** The tiers as new objects over the maps that the store keeps: cheap, whatever the size of the plant (TIER-3). */
function tiersOf(core: Store): Pick<MachineStoreState, "$server" | "$pending" | "$view"> {
  const { epoch, user, topics, machines, kpis, revs, recent, overview, open } = core.server;
  const { transactions, locks, notices } = core.pending;
  return {
    $server: { epoch, user, topics, machines, kpis, revs, recent, overview, open },
    $pending: { transactions, locks, notices },
    $view: { get: (machine) => core.view(machine), keys: () => core.machines() },
  };
}

/** A set that is copied only when a member comes or goes. */
class Membership {
  members: ReadonlySet<string>;
  #own: Set<string> | null = null;

  constructor(members: ReadonlySet<string>) {
    this.members = members;
  }

  set(key: string, isMember: boolean): void {
    if (this.members.has(key) === isMember) return;
    if (!this.#own) {
      this.#own = new Set(this.members);
      this.members = this.#own;
    }
    if (isMember) this.#own.add(key);
    else this.#own.delete(key);
  }
}

class Listeners {
  /** Lists are replaced, never changed, so that listeners may come or go during a notification. */
  readonly #byKey = new Map<string, readonly (() => void)[]>();

  add(key: string, listener: () => void): () => void {
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), listener]);
    return () => {
      const rest = (this.#byKey.get(key) ?? []).filter((each) => each !== listener);
      if (rest.length) this.#byKey.set(key, rest);
      else this.#byKey.delete(key);
    };
  }

  tell(keys: readonly string[]): void {
    if (!this.#byKey.size) return;
    for (const key of keys) {
      const listeners = this.#byKey.get(key);
      if (listeners) for (const listener of listeners) listener();
    }
  }
}
