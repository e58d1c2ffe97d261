/**
 * `$server`: what the socket delivered, and nothing else (TIER-1). Twin of `src/setpoint/core/store/server_slice.py`.
 *
 * Topics overlap: a machine may be on its own topic, its line's and the plant's. There is one record for each machine
 * with the latest values of all topics. This works because a delta carries values as of its sending and all topics
 * come over one connection (TICK-1). The plant's topic carries only the system fields of a machine, so it is merged
 * into the record of a full topic and never replaces it. A machine is removed when no topic has it any more.
 *
 * Records are never changed, only replaced; the maps that hold them are kept, so that a delta costs what it changed.
 */
import {
  type Condition,
  DASHBOARD,
  type Delta,
  type Hello,
  type Open,
  type OpenTarget,
  type Position,
  type Record,
  type Revs,
  type Snapshot,
  type TxOutcome,
  type User,
  unpack,
  type Value,
} from "../../contract/index.ts";
import {
  type Keys,
  type MachineView,
  type Notice,
  RECENT_OUTCOMES,
  type Recent,
  type RecordMap,
  type ServerState,
  SYSTEM_FIELDS,
  type Target,
  type Transition,
} from "./types.ts";

/** `record` with the fields of `change`; `record` itself if that makes no difference (SEQ-7). */
export function merge(record: Record, change: Record): Record {
  for (const field in change) {
    if (record[field] !== change[field] || !(field in record)) return Object.assign({ ...record }, change);
  }
  return record;
}

function isSame(one: Record, other: Record): boolean {
  for (const field in one) if (!(field in other)) return false;
  return merge(one, other) === one;
}

function isSameTarget(one: OpenTarget, other: OpenTarget): boolean {
  return (
    one.txId === other.txId &&
    one.value === other.value &&
    one.ts === other.ts &&
    one.by.kind === other.by.kind &&
    one.by.name === other.by.name
  );
}

class TopicState {
  readonly name: string;
  position: Position | null = null;
  ts = 0;
  readonly machines = new Set<string>();
  readonly kpis = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }
}

/** A view and its inputs. Without a `view` it must be computed. */
export interface Seen {
  view: MachineView | undefined;
  locks: ReadonlyMap<string, Target> | undefined;
  notices: ReadonlyMap<string, Notice> | undefined;
}

/**
 * One record, its topics, and its last view: everything that a delta touches is in one place. There are two or three
 * topics, so searching a list is faster than a set.
 */
class Cell implements Seen {
  record: Record;
  readonly holders: TopicState[];
  view: MachineView | undefined = undefined;
  locks: ReadonlyMap<string, Target> | undefined = undefined;
  notices: ReadonlyMap<string, Notice> | undefined = undefined;

  constructor(record: Record, holder: TopicState) {
    this.record = record;
    this.holders = [holder];
  }

  replace(record: Record): void {
    this.record = record;
    this.view = undefined;
  }
}

/** Records by key: a read-only map for others, and one look-up for everything that a delta needs. */
class Shelf implements RecordMap {
  readonly #cells = new Map<string, Cell>();
  /** Rises whenever a key comes or goes. */
  revision = 0;

  get size(): number {
    return this.#cells.size;
  }

  get(key: string): Record | undefined {
    return this.#cells.get(key)?.record;
  }

  cell(key: string): Cell | undefined {
    return this.#cells.get(key);
  }

  has(key: string): boolean {
    return this.#cells.has(key);
  }

  keys(): MapIterator<string> {
    return this.#cells.keys();
  }

  /** The hot path, once for each key of a delta: true if `topic` has the key for the first time. */
  merge(topic: TopicState, key: string, change: Record, changed: Keys): boolean {
    const cell = this.#cells.get(key);
    if (!cell) return this.#come(topic, key, change, changed);
    const merged = merge(cell.record, change);
    if (merged !== cell.record) {
      cell.replace(merged);
      changed.addOnce(key);
    }
    if (cell.holders.includes(topic)) return false;
    cell.holders.push(topic);
    return true;
  }

  /** `topic` has the complete record of `key`; it is still merged if another topic has more fields (`isPartial`). */
  replace(topic: TopicState, key: string, record: Record, isPartial: boolean, changed: Keys): void {
    const cell = this.#cells.get(key);
    if (!cell) {
      this.#come(topic, key, record, changed);
      return;
    }
    if (!cell.holders.includes(topic)) cell.holders.push(topic);
    const next = isPartial && cell.holders.length > 1 ? merge(cell.record, record) : record;
    if (isSame(cell.record, next)) return;
    cell.replace(next);
    changed.add(key);
  }

  /** `topic` no longer has `key`; true if no topic has it. */
  letGo(topic: TopicState, key: string, changed: Keys): boolean {
    const cell = this.#cells.get(key);
    const at = cell?.holders.indexOf(topic) ?? -1;
    if (!cell || at < 0) return false;
    cell.holders.splice(at, 1);
    const [rest] = cell.holders;
    if (rest) {
      if (cell.holders.length === 1 && rest.name === DASHBOARD) {
        this.replace(rest, key, systemFields(cell.record), false, changed);
      }
      return false;
    }
    this.#cells.delete(key);
    this.revision += 1;
    changed.add(key);
    return true;
  }

  #come(topic: TopicState, key: string, record: Record, changed: Keys): boolean {
    this.#cells.set(key, new Cell(record, topic));
    this.revision += 1;
    changed.add(key);
    return true;
  }
}

function systemFields(record: Record): Record {
  const kept: { [field: string]: Value } = {};
  for (const field of SYSTEM_FIELDS) {
    const value = record[field];
    if (value !== undefined) kept[field] = value;
  }
  return kept;
}

/** Written only by the frames given to it. */
export class ServerSlice implements ServerState {
  epoch: string | null = null;
  user: User | null = null;
  readonly topics = new Map<string, TopicState>();
  readonly revs = new Map<string, { readonly [field: string]: number }>();
  readonly recent = new Map<string, readonly Recent[]>();
  readonly overview = new Map<string, Condition>();
  readonly open = new Map<string, { readonly [field: string]: OpenTarget }>();
  /** Rises whenever a status or a quality may have changed. */
  conditionRevision = 0;
  readonly #machines = new Shelf();
  readonly #kpis = new Shelf();

  get machines(): RecordMap {
    return this.#machines;
  }

  get kpis(): RecordMap {
    return this.#kpis;
  }

  cell(machine: string): Cell | undefined {
    return this.#machines.cell(machine);
  }

  /** Rises whenever a machine comes or goes. */
  get knownRevision(): number {
    return this.#machines.revision;
  }

  rev(machine: string, field: string): number | null {
    return this.revs.get(machine)?.[field] ?? null;
  }

  /** A connection opened. A new epoch makes every position void; known values stay until they are replaced. */
  greet(hello: Hello): void {
    if (hello.epoch !== this.epoch) {
      this.epoch = hello.epoch;
      for (const topic of this.topics.values()) topic.position = null;
    }
    this.user = hello.user;
  }

  /** Replaces the topic (SEQ-7). Returns false and changes nothing if it is of another epoch. */
  applySnapshot(frame: Snapshot, transition: Transition): boolean {
    const epoch = frame.epoch || this.epoch || "";
    if (this.epoch !== null && epoch !== this.epoch) return false;
    const name = frame.topic;
    let topic = this.topics.get(name);
    if (!topic) {
      topic = new TopicState(name);
      this.topics.set(name, topic);
    }
    topic.position = { epoch, seq: frame.seq };
    topic.ts = frame.ts;
    const { machines, kpis } = frame.data;
    this.#letGo(
      topic,
      [...topic.machines].filter((key) => !Object.hasOwn(machines, key)),
      transition,
    );
    for (const key of [...topic.kpis]) {
      if (Object.hasOwn(kpis, key)) continue;
      topic.kpis.delete(key);
      this.#kpis.letGo(topic, key, transition.kpis);
    }
    const isPlant = name === DASHBOARD;
    for (const [key, record] of Object.entries(machines)) {
      topic.machines.add(key);
      this.#machines.replace(topic, key, record, isPlant, transition.machines);
      if (isPlant) continue;
      this.revs.delete(key);
      this.#setOpen(key, (frame.open && Object.hasOwn(frame.open, key) && frame.open[key]) || {}, transition);
    }
    this.conditionRevision += 1;
    for (const [key, record] of Object.entries(kpis)) {
      topic.kpis.add(key);
      this.#kpis.replace(topic, key, record, false, transition.kpis);
    }
    if (isPlant) {
      const overview = new Map(frame.data.overview ? unpack(frame.data.overview, frame.ts) : []);
      for (const key of [...this.overview.keys()]) {
        if (overview.has(key)) continue;
        this.overview.delete(key);
        transition.overview.push(key);
      }
      this.#updateOverview(overview, transition);
    }
    this.#raiseRevs(frame.revs);
    this.#remember(frame.tx, frame.ts, transition);
    return true;
  }

  /** Applies a delta (SEQ-7). Returns false and changes nothing if it does not follow the present position
   * (SEQ-2). */
  applyDelta(frame: Delta, transition: Transition): boolean {
    const name = frame.topic;
    const topic = this.topics.get(name);
    if (!topic?.position || frame.seq !== topic.position.seq + 1) return false;
    topic.position = { epoch: topic.position.epoch, seq: frame.seq };
    topic.ts = frame.ts;
    const { machines, kpis, removed, revs, tx } = frame;
    for (const key in machines) {
      const change = machines[key] as Record;
      if (this.#machines.merge(topic, key, change, transition.machines)) topic.machines.add(key);
      if ("status" in change || "quality" in change) this.conditionRevision += 1;
    }
    for (const key in kpis) {
      if (this.#kpis.merge(topic, key, kpis[key] as Record, transition.kpis)) topic.kpis.add(key);
    }
    if (removed) this.#letGo(topic, removed, transition);
    for (const [key, targets] of Object.entries(frame.open ?? {})) {
      this.#setOpen(key, { ...this.open.get(key), ...targets }, transition);
    }
    if (frame.overview && name === DASHBOARD)
      this.#updateOverview(unpack(frame.overview, frame.ts), transition);
    if (revs) this.#raiseRevs(revs);
    if (tx) this.#remember(tx, frame.ts, transition);
    return true;
  }

  /** The topic `name` was unsubscribed; no more frames of it will come. */
  unsubscribe(name: string, transition: Transition): void {
    const topic = this.topics.get(name);
    if (!topic) return;
    this.topics.delete(name);
    this.#letGo(topic, [...topic.machines], transition);
    for (const key of topic.kpis) this.#kpis.letGo(topic, key, transition.kpis);
    if (name !== DASHBOARD) return;
    transition.overview.push(...this.overview.keys());
    this.overview.clear();
  }

  /** The machines whose overview changed; the others keep their identity (TIER-3). */
  #updateOverview(overview: Iterable<[string, Condition]>, transition: Transition): void {
    for (const [key, condition] of overview) {
      const known = this.overview.get(key);
      if (
        known?.status === condition.status &&
        known.quality === condition.quality &&
        known.since === condition.since
      ) {
        continue;
      }
      this.overview.set(key, condition);
      transition.overview.push(key);
    }
  }

  #letGo(topic: TopicState, machines: readonly string[], transition: Transition): void {
    for (const key of machines) {
      topic.machines.delete(key);
      if (this.#machines.letGo(topic, key, transition.machines)) {
        this.revs.delete(key);
        this.recent.delete(key);
      }
      if (this.#machines.cell(key)?.holders.every(({ name }) => name === DASHBOARD) ?? true) {
        this.open.delete(key);
      }
    }
  }

  #setOpen(machine: string, targets: Open[string], transition: Transition): void {
    const known = this.open.get(machine) ?? {};
    const underWay: { [field: string]: OpenTarget } = {};
    for (const [field, target] of Object.entries(targets)) {
      if (target === null) continue;
      const before = known[field];
      underWay[field] = before && isSameTarget(before, target) ? before : target;
    }
    const fields = Object.keys(underWay);
    if (
      fields.length === Object.keys(known).length &&
      fields.every((field) => underWay[field] === known[field])
    ) {
      return;
    }
    if (fields.length) this.open.set(machine, underWay);
    else this.open.delete(machine);
    transition.machines.add(machine);
  }

  #raiseRevs(revs: Revs): void {
    for (const [machine, fields] of Object.entries(revs)) {
      const raised: { [field: string]: number } = { ...this.revs.get(machine) };
      for (const [field, rev] of Object.entries(fields)) raised[field] = Math.max(rev, raised[field] ?? rev);
      this.revs.set(machine, raised);
    }
  }

  /** Each outcome once, although every topic of the machine carries it; the latest outcome of a txId counts. */
  #remember(outcomes: readonly TxOutcome[], ts: number, transition: Transition): void {
    for (const outcome of outcomes) {
      const { machine, txId, field } = outcome;
      if (!this.#machines.has(machine)) continue;
      const known = this.recent.get(machine) ?? [];
      const same = known.find((each) => each.outcome.txId === txId && each.outcome.field === field);
      if (!same) this.recent.set(machine, [...known, { ts, outcome }].slice(-RECENT_OUTCOMES));
      else if (same.outcome.outcome === outcome.outcome) continue;
      else
        this.recent.set(
          machine,
          known.map((each) => (each === same ? { ts: same.ts, outcome } : each)),
        );
      transition.machines.add(machine);
    }
  }
}
