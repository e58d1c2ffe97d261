/**
 * The types of the store: its events, its effects and its records.
 * Twin of `src/setpoint/core/store/types.py`.
 *
 * A *target* is one value for one field of one machine, from its commit to its end. While it is pending and shown it
 * is a *lock*: the same record, found under its machine and field. A target's `phase` is its state in this client; its
 * `outcome` is the server's, once there is one.
 *
 * Every record is frozen by type, so a record that did not change keeps its identity (TIER-3). Instants are monotonic
 * milliseconds.
 */
import type {
  By,
  Condition,
  Delta,
  Hello,
  OpenTarget,
  Outcome,
  Position,
  Record,
  Snapshot,
  TxOutcome,
  User,
  Value,
} from "../../contract/index.ts";
import type { Message } from "../../contract/message.ts";

/** One machine as the server reported it, field by field. */
export type MachineState = Record;

/** How long a lock holds, including the last millisecond (LOCK-3). */
export const LOCK_MS = 10_000;

/** The answer's deadline (CMD-3). After this time nothing of a commit may leave any more (CMD-8). */
export const ANSWER_WITHIN_MS = 3_000;

/** How long after its commit a transaction is forgotten. The server's audit keeps it. */
export const FORGET_AFTER_MS = 600_000;

/** Outcomes remembered for each machine. */
export const RECENT_OUTCOMES = 10;

/** The fields that Setpoint itself keeps for every machine; the plant's topic has only these. */
export const SYSTEM_FIELDS = [
  "status",
  "since",
  "cause",
  "quality",
  "seen",
  "qualityReason",
  "qualitySaid",
  "sinceSeen",
  "sinceEarlier",
] as const;

/** SAFE-1, the most serious first: while one holds, no pending value of the machine is shown, and none is written. */
export const CRITICAL_OVERRIDES: readonly Value[] = [
  "EMERGENCY_STOP",
  "SAFETY_INTERLOCK",
  "FAULT",
  "MAINTENANCE_LOCK",
];

/** Whether a machine's status is critical: it always wins (SAFE-1). */
export function isCritical(status: Value | undefined): boolean {
  return status !== undefined && CRITICAL_OVERRIDES.includes(status);
}

/** TX-1. The first three are pending; of the others only `unknown` may still change, once. */
export type Phase =
  | "optimistic"
  | "inflight"
  | "confirmed"
  | "reconciled"
  | "failed"
  | "conflict"
  | "cancelled"
  | "superseded"
  | "unknown";

export function isPending(phase: Phase): boolean {
  return phase === "optimistic" || phase === "inflight" || phase === "confirmed";
}

/** The state of a transaction's POST. `lost`: it ended without an answer, so nobody knows whether it arrived. */
export type Status = "optimistic" | "inflight" | "lost" | "confirmed" | "failed" | "cancelled";

/** A notice about a target's end. `late`: the outcome came after we had given up on it. */
export type NoticeKind =
  | "reconciled"
  | "failed"
  | "conflict"
  | "cancelled"
  | "unknown"
  | "superseded"
  | "late";

/**
 * How long each stays visible (TX-5): `reconciled` as the confirmed look, at least 600 ms and at most 2 s after the
 * outcome. A superseded target is covered by its successor at once.
 */
export const NOTICE_MS: { readonly [kind in NoticeKind]: number } = {
  reconciled: 1_500,
  failed: 8_000,
  conflict: 10_000,
  cancelled: 10_000,
  unknown: 30_000,
  superseded: 0,
  late: 10_000,
};

/** The latest other change of a locked field, waiting until our own rev is known (CONF-1). */
export interface Rival {
  readonly txId: string;
  readonly rev: number;
  readonly by: By | null;
}

/** `base` is the field's rev that the person saw, `rev` the one that our own write was given. */
export interface Target {
  readonly txId: string;
  readonly machine: string;
  readonly field: string;
  readonly value: Value;
  readonly atMs: number;
  readonly phase: Phase;
  readonly base: number | null;
  readonly rev: number | null;
  readonly rival: Rival | null;
  readonly outcome: Outcome | null;
  readonly by: By | null;
  readonly message: string | null;
  /** The code and arguments of `message`, if the server gave any (SAY-1). */
  readonly said: Message | null;
}

/** A target while it is pending and shown. Its value covers the machine's own. */
export type Lock = Target;

/**
 * One commit. Replaced whenever one of its `targets` (by machine, then field) is. `sentMs`: when its POST left, in
 * monotonic milliseconds of this page; its limit (CMD-8) counts from then.
 */
export interface Transaction {
  readonly txId: string;
  readonly atMs: number;
  readonly status: Status;
  readonly sentMs: number | null;
  readonly targets: ReadonlyMap<string, ReadonlyMap<string, Target>>;
}

/** `value` is the target; `message` is a sentence for people; it disappears at `untilMs`. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly machine: string;
  readonly field: string;
  readonly txId: string;
  readonly value: Value;
  readonly message: string;
  readonly untilMs: number;
  readonly by: By | null;
  readonly said: Message | null;
}

/** One pending field as it is shown: the target, and the machine's own value (TIER-4). */
export interface Overlay {
  readonly phase: Phase;
  readonly txId: string;
  readonly value: Value;
  readonly server: Value;
  readonly atMs: number;
}

/** One machine as it is rendered: `record` has the pending values in place, `overlays` lists them. */
export interface MachineView {
  readonly record: Record;
  readonly overlays: { readonly [field: string]: Overlay };
  readonly notices: { readonly [field: string]: Notice };
  readonly isOptimistic: boolean;
}

/** One item of the answer to a batch (section 6). */
export interface Result {
  readonly machine: string;
  readonly field: string;
  readonly outcome: Outcome;
  readonly value?: Value | undefined;
  readonly rev?: number | null | undefined;
  readonly by?: By | null | undefined;
  readonly message?: string | null | undefined;
  readonly said?: Message | null | undefined;
}

/** An outcome on one of a machine's fields, and when we first received it (Unix seconds). */
export interface Recent {
  readonly ts: number;
  readonly outcome: TxOutcome;
}

/** The state of one subscription. `position` is null after the epoch ended, until new data comes (SEQ-5). */
export interface Topic {
  readonly position: Position | null;
  readonly ts: number;
  readonly machines: ReadonlySet<string>;
  readonly kpis: ReadonlySet<string>;
}

/** Records by key, read-only. */
export type RecordMap = Pick<ReadonlyMap<string, MachineState>, "get" | "has" | "keys" | "size">;

/** `$view`, as a person sees it: every machine of `$server` and every one that has a lock. Read it, never keep it. */
export interface ViewState {
  get(machine: string): MachineView | undefined;
  keys(): Iterable<string>;
}

/** `$server`, as the rest of the page may see it. */
export interface ServerState {
  readonly epoch: string | null;
  readonly user: User | null;
  readonly topics: ReadonlyMap<string, Topic>;
  readonly machines: RecordMap;
  readonly kpis: RecordMap;
  readonly revs: ReadonlyMap<string, { readonly [field: string]: number }>;
  readonly recent: ReadonlyMap<string, readonly Recent[]>;
  /** The condition of every machine from the plant's topic (OVER-3). */
  readonly overview: ReadonlyMap<string, Condition>;
  /** By machine and field, anybody's target that is under way (OPEN-1). */
  readonly open: ReadonlyMap<string, { readonly [field: string]: OpenTarget }>;
}

/** `$pending`, as the rest of the page may see it: locks and notices by machine, then field. */
export interface PendingState {
  readonly transactions: ReadonlyMap<string, Transaction>;
  readonly locks: ReadonlyMap<string, ReadonlyMap<string, Lock>>;
  readonly notices: ReadonlyMap<string, ReadonlyMap<string, Notice>>;
}

type ByField<T> = { readonly [machine: string]: { readonly [field: string]: T } };

/**
 * What happens, beside the frames that the link delivers.
 *
 * `commit`: a person asks; `base` are the revs seen when the batch was prepared; for fields without one, `$server`'s
 * own count. `inflight`: the POST is about to leave; refused if there is nothing left to send; the POST must not leave
 * then. `cancel`: taken back before the POST left. `answered`: HTTP 200 to the POST or to a later question. `refused`:
 * the server refused the whole batch (4xx) and did nothing. `lost`: the POST ended without an answer (network, 5xx).
 * `notFound`: 404 to the question for the batch, which left at `askedMs`. `expire`: a scheduled deadline came. `wake`:
 * the computer slept or its clock jumped, so every lock is due (LOCK-3). `unsubscribed`: data that only that topic
 * carried is removed.
 */
export type Event =
  | Hello
  | Snapshot
  | Delta
  | { readonly type: "unsubscribed"; readonly topic: string }
  | {
      readonly type: "commit";
      readonly txId: string;
      readonly updates: ByField<Value>;
      readonly base?: ByField<number>;
    }
  | { readonly type: "inflight"; readonly txId: string }
  | { readonly type: "cancel"; readonly txId: string }
  | { readonly type: "answered"; readonly txId: string; readonly results: readonly Result[] }
  | { readonly type: "refused"; readonly txId: string; readonly message: string }
  | { readonly type: "lost"; readonly txId: string }
  | { readonly type: "notFound"; readonly txId: string; readonly askedMs: number }
  | { readonly type: "expire" }
  | { readonly type: "wake" };

/**
 * What the shell is asked to do. `changed` comes first and names what looks different now; `notify`: tell the person,
 * once; `askBatch`: `GET /api/batches/{txId}`, answer with `answered` or `notFound` (a question that fails is asked
 * again after the next `hello`); `schedule`: send `expire` at `atMs`, replacing the instant asked for before.
 */
export type Effect =
  | {
      readonly type: "changed";
      readonly machines: readonly string[];
      readonly kpis: readonly string[];
      readonly transactions: readonly string[];
      /** Machines whose overview changed, whether or not they are in `machines`. */
      readonly overview: readonly string[];
    }
  | { readonly type: "notify"; readonly notice: Notice }
  | { readonly type: "askBatch"; readonly txId: string }
  | { readonly type: "schedule"; readonly atMs: number };

/** The caller made a call that the state does not allow; nothing has changed. */
export class IllegalTransition extends Error {
  readonly code = "illegal_transition";

  constructor(message: string) {
    super(message);
    this.name = "IllegalTransition";
  }
}

/** Keys in the order of their first change. A frame's own keys are new to each other, so that most need no set. */
export class Keys {
  readonly list: string[] = [];
  #known: Set<string> | null = null;

  add(key: string): void {
    this.#known ??= new Set(this.list);
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.list.push(key);
  }

  /** Like `add`, for keys that the caller adds once each, without other callers in between. */
  addOnce(key: string): void {
    if (this.#known) this.add(key);
    else this.list.push(key);
  }
}

/** The changes and effects of one step, collected while it runs. */
export class Transition {
  readonly nowMs: number;
  readonly machines = new Keys();
  readonly kpis = new Keys();
  readonly transactions = new Set<string>();
  readonly overview: string[] = [];
  readonly notices: Notice[] = [];
  readonly asks = new Set<string>();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  effects(): Effect[] {
    const machines = this.machines.list;
    const kpis = this.kpis.list;
    const found: Effect[] = [];
    const { overview } = this;
    if (machines.length || kpis.length || this.transactions.size || overview.length) {
      found.push({ type: "changed", machines, kpis, transactions: [...this.transactions], overview });
    }
    for (const notice of this.notices) found.push({ type: "notify", notice });
    for (const txId of this.asks) found.push({ type: "askBatch", txId });
    return found;
  }
}
