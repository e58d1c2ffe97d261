/**
 * `$pending`: the targets that are not settled yet, field by field.
 * Twin of `src/setpoint/core/store/pending_slice.py`.
 *
 * A lock ends in only six ways: an outcome of its own txId on the stream, a refusal over HTTP, a later change by
 * somebody else (CONF-1), a critical status of its machine (SAFE-2), its deadline (LOCK-3), or a newer lock of the
 * same client (LOCK-2). It never ends because a value looks equal (TX-3). HTTP 200 does not release it, because the
 * old value would show again until the stream brings the new one (TX-2).
 *
 * Answer, echo and deadline may come in any order, twice, or not at all, with the same result: each depends only on
 * the target, and a settled target is not settled again. Only `unknown` may be settled later, once. A write that
 * landed after it was given up is `late`.
 *
 * Revs give the order of two people's writes. Our rev is known from the answer or the echo; until then, the other
 * change waits in the lock's `rival` (CONF-1).
 */
import { type By, isFinal, type TxOutcome } from "../../contract/index.ts";
import type { Message } from "../../contract/message.ts";
import { Deadlines } from "./deadlines.ts";
import {
  ENDING,
  type Ending,
  LANDED,
  lateEnd,
  REFUSALS,
  type Said,
  saidOf,
  UNKNOWN_WORDS,
  updatedBy,
  WORDS,
  wordsOf,
} from "./outcomes.ts";
import {
  ANSWER_WITHIN_MS,
  type Event,
  FORGET_AFTER_MS,
  IllegalTransition,
  isCritical,
  isPending,
  LOCK_MS,
  NOTICE_MS,
  type Notice,
  type NoticeKind,
  type PendingState,
  type Phase,
  type Result,
  type ServerState,
  type Status,
  type Target,
  type Transaction,
  type Turn,
} from "./types.ts";

type Commit = Extract<Event, { type: "commit" }>;
type Changes = { [key in keyof Target]?: Target[key] };

interface OwnTransaction extends Transaction {
  readonly targets: Map<string, Map<string, Target>>;
}

/** `$server` is read for revs and statuses and is never written (TIER-1). `writable`: what can be locked (LOCK-1). */
export class PendingSlice implements PendingState {
  readonly transactions = new Map<string, OwnTransaction>();
  /** The inner maps are replaced, never changed: the cached views depend on their identity. */
  readonly locks = new Map<string, ReadonlyMap<string, Target>>();
  readonly notices = new Map<string, ReadonlyMap<string, Notice>>();
  /** Rises whenever a machine gets its first lock or loses its last. */
  lockedRevision = 0;
  readonly #server: ServerState & { rev(machine: string, field: string): number | null };
  #writable: ReadonlySet<string>;
  /** An entry that no longer matters does nothing when it is due. */
  readonly #deadlines = new Deadlines<(turn: Turn) => void>();
  #scheduledMs: number | null = null;

  constructor(
    server: ServerState & { rev(machine: string, field: string): number | null },
    writable: ReadonlySet<string>,
  ) {
    this.#server = server;
    this.#writable = writable;
  }

  /** Other fields can have targets from now on; existing locks stay. */
  maySet(writable: ReadonlySet<string>): void {
    this.#writable = writable;
  }

  // ---- what people do --------------------------------------------------------------------------------

  /** Throws `IllegalTransition` for what the caller must not do; nothing has changed then. */
  check(event: Event, nowMs: number): void {
    if (event.type === "commit") {
      if (this.transactions.has(event.txId)) {
        throw new IllegalTransition(`expected a new txId, but ${event.txId} was committed before`);
      }
      const fields = new Set(Object.values(event.updates).flatMap((asked) => Object.keys(asked)));
      if (!fields.size) throw new IllegalTransition("expected a commit of at least one target, but got none");
      const wrong = [...fields].filter((field) => !this.#writable.has(field)).sort();
      if (wrong.length) {
        const names = [...this.#writable].sort().join(", ");
        throw new IllegalTransition(`expected targets for ${names}, but ${wrong.join(", ")} cannot be set`);
      }
    } else if (event.type === "inflight" || event.type === "cancel") {
      const known = this.transactions.get(event.txId);
      if (known?.status === "optimistic" && nowMs <= known.atMs + LOCK_MS) return;
      const stands = !known
        ? "is not known"
        : known.status === "optimistic"
          ? "is past its deadline"
          : `is ${known.status}`;
      throw new IllegalTransition(`expected a transaction that was not sent, but ${event.txId} ${stands}`);
    }
  }

  commit({ txId, updates, base }: Commit, turn: Turn): void {
    const targets = new Map<string, Map<string, Target>>();
    this.transactions.set(txId, { txId, atMs: turn.nowMs, status: "optimistic", sentMs: null, targets });
    turn.transactions.add(txId);
    for (const [machine, asked] of Object.entries(updates)) {
      // A machine that is critical gets no lock at all: nothing may appear when it clears (SAFE-1, SAFE-2).
      const isShown = !isCritical(this.#server.machines.get(machine)?.status);
      const own = new Map<string, Target>();
      targets.set(machine, own);
      for (const [field, value] of Object.entries(asked)) {
        const target: Target = {
          txId,
          machine,
          field,
          value,
          atMs: turn.nowMs,
          phase: "optimistic",
          base: base?.[machine]?.[field] ?? this.#server.rev(machine, field),
          rev: null,
          rival: null,
          outcome: null,
          by: null,
          message: null,
          said: null,
        };
        own.set(field, target);
        if (!isShown) continue;
        const older = this.locks.get(machine)?.get(field);
        if (older) this.#end(older, "superseded", turn, null, { message: WORDS.superseded });
        this.#putLock(target, turn);
        without(this.notices, machine, field);
      }
    }
    this.#deadlines.at(turn.nowMs + LOCK_MS + 1, (later) => this.#giveUp(txId, later));
    this.#deadlines.at(turn.nowMs + FORGET_AFTER_MS, () => this.transactions.delete(txId));
  }

  inflight(txId: string, turn: Turn): void {
    this.#move(txId, "inflight", turn, { sentMs: turn.nowMs });
    for (const target of this.#pending(txId)) this.#update(target, turn, { phase: "inflight" });
  }

  cancel(txId: string, turn: Turn): void {
    this.#move(txId, "cancelled", turn);
    for (const target of this.#pending(txId)) {
      this.#end(target, "cancelled", turn, null, { message: "Taken back before it was sent" });
    }
  }

  // ---- what HTTP says --------------------------------------------------------------------------------

  answered(txId: string, results: readonly Result[], turn: Turn): void {
    if (!this.transactions.has(txId)) return;
    this.#move(txId, "confirmed", turn);
    for (const result of results) {
      const target = this.#target(txId, result.machine, result.field);
      if (!target) continue;
      if (!isPending(target.phase)) this.#settle(target, result, turn);
      else if (REFUSALS.includes(result.outcome)) this.#conclude(target, result, turn);
      else
        this.#judge(this.#update(target, turn, { phase: "confirmed", rev: result.rev ?? target.rev }), turn);
    }
  }

  refused(txId: string, message: string, turn: Turn): void {
    const known = this.transactions.get(txId);
    if (!known || known.status === "confirmed") return;
    this.#move(txId, "failed", turn);
    for (const target of this.#unsettled(txId)) this.#end(target, "failed", turn, null, { message });
  }

  /** No answer came: the client asks for the batch, now and once its limit has passed (SEQ-5). */
  lost(txId: string, turn: Turn): void {
    const known = this.transactions.get(txId);
    if (known?.status !== "inflight") return;
    this.#move(txId, "lost", turn);
    this.#askForLost(txId, turn);
    if (isOver(known, turn.nowMs)) return;
    this.#deadlines.at(limitMs(known) + 1, (later) => this.#askForLost(txId, later));
  }

  /**
   * A 404 proves something only if no POST is under way, and if the question left after the batch's limit (CMD-8).
   * Before that limit, the POST may arrive after the question.
   */
  notFound(txId: string, askedMs: number, turn: Turn): void {
    const known = this.transactions.get(txId);
    if (known?.status !== "lost" || !isOver(known, askedMs)) return;
    this.#move(txId, "failed", turn);
    for (const target of this.#unsettled(txId)) {
      this.#end(target, "failed", turn, null, { message: "Not applied: the server has no record of it" });
    }
  }

  // ---- what the stream says --------------------------------------------------------------------------

  /** The outcomes of one frame, in order. `$server` has the frame's values already (TX-3). */
  takeOutcomes(outcomes: readonly TxOutcome[], turn: Turn): void {
    for (const outcome of outcomes) {
      const target = this.#target(outcome.txId, outcome.machine, outcome.field);
      if (target && !isPending(target.phase)) this.#settle(target, outcome, turn);
      else if (target && isFinal(outcome.outcome)) this.#conclude(target, outcome, turn);
      else if (target) {
        this.#judge(this.#update(target, turn, { phase: "confirmed", rev: outcome.rev ?? target.rev }), turn);
      }
      const lock = this.locks.get(outcome.machine)?.get(outcome.field);
      if (lock && lock.txId !== outcome.txId) this.#takeAnother(lock, outcome, turn);
    }
  }

  /** A stop cancels the machine's locks for good, and ends the look of what was confirmed (SAFE-2, TX-5). */
  voidCritical(turn: Turn): void {
    if (!this.locks.size && !this.notices.size) return;
    for (const machine of [...turn.machines.list]) {
      const status = this.#server.machines.get(machine)?.status;
      if (!isCritical(status)) continue;
      for (const lock of this.locks.get(machine)?.values() ?? []) this.#void(lock, String(status), turn);
      for (const { kind, field } of this.notices.get(machine)?.values() ?? []) {
        if (kind === "reconciled") without(this.notices, machine, field);
      }
    }
  }

  /** A connection opened: the client asks for every batch that was sent and is not settled (SEQ-5). */
  askAgain(turn: Turn): void {
    for (const [txId, known] of this.transactions) {
      if (known.status !== "optimistic" && this.#unsettled(txId).length) turn.asks.add(txId);
    }
  }

  // ---- what time does --------------------------------------------------------------------------------

  /** Handles every deadline that has passed. Called on every event, so that it does not depend on timers alone. */
  expire(turn: Turn): void {
    for (const act of this.#deadlines.due(turn.nowMs)) act(turn);
  }

  wake(turn: Turn): void {
    for (const txId of this.transactions.keys()) this.#giveUp(txId, turn);
  }

  /** The earliest deadline, if it has changed since the last call. */
  nextDeadline(): number | null {
    const atMs = this.#deadlines.nextMs();
    if (atMs === this.#scheduledMs) return null;
    this.#scheduledMs = atMs;
    return atMs;
  }

  /**
   * Ends the targets of a lock whose time is over (LOCK-3). Targets that were never sent must never be sent: they are
   * cancelled. All others are unknown, and the client asks for them.
   */
  #giveUp(txId: string, turn: Turn): void {
    const pending = this.#pending(txId);
    if (!pending.length) return;
    if (this.transactions.get(txId)?.status === "optimistic") {
      this.#move(txId, "cancelled", turn);
      for (const target of pending)
        this.#end(target, "cancelled", turn, null, { message: "Not sent within 10 s" });
      return;
    }
    for (const target of pending) this.#end(target, "unknown", turn, null, { message: UNKNOWN_WORDS });
    turn.asks.add(txId);
  }

  #askForLost(txId: string, turn: Turn): void {
    if (this.transactions.get(txId)?.status === "lost" && this.#unsettled(txId).length) turn.asks.add(txId);
  }

  // ---- judgement -------------------------------------------------------------------------------------

  /** The server's final outcome of a pending target. */
  #conclude(target: Target, said: Said, turn: Turn): void {
    const phase = ENDING[said.outcome];
    if (!phase) return;
    const rev = said.rev ?? target.rev;
    const rival = target.rival;
    if (phase === "reconciled" && rival && rev !== null && rival.rev > rev) {
      this.#end(target, "conflict", turn, said, {
        rev,
        by: rival.by,
        message: updatedBy(rival.by, this.#user),
      });
    } else {
      this.#end(target, phase, turn, said, { rev, by: said.by ?? null, message: wordsOf(said, this.#user) });
    }
  }

  /** A final outcome of a target that we had ended ourselves, or that ended `unknown`; counts once. */
  #settle(target: Target, said: Said, turn: Turn): void {
    const { outcome } = said;
    const phase = ENDING[outcome];
    const isOpen = target.outcome === null || (target.outcome === "unknown" && outcome !== "unknown");
    if (!isOpen || !phase) return;
    const rev = said.rev ?? target.rev;
    if (outcome === "unknown") {
      this.#update(target, turn, { outcome, rev });
      return;
    }
    const isLate = outcome === "applied";
    const message = isLate ? "Applied late" : wordsOf(said, this.#user);
    const code = isLate ? null : saidOf(said);
    if (target.phase === "unknown") {
      const changes = { phase, outcome, rev, by: said.by ?? null, message, said: code };
      this.#notify(lateEnd(outcome), this.#update(target, turn, changes), message, code, turn);
      return;
    }
    const settled = this.#update(target, turn, { outcome, rev });
    if (LANDED.includes(outcome) && (settled.phase === "cancelled" || settled.phase === "failed")) {
      this.#notify(lateEnd(outcome), settled, message, code, turn);
    }
  }

  /** Another txId's outcome on a field that we have locked. Only what changed the value can be a conflict. */
  #takeAnother(lock: Target, said: TxOutcome, turn: Turn): void {
    const { txId, rev, by } = said;
    if (typeof rev !== "number" || rev <= Math.max(lock.base ?? 0, lock.rev ?? 0)) return;
    if (by?.kind === "safety") {
      this.#void(lock, by.name ?? "", turn);
    } else if (LANDED.includes(said.outcome) && (!lock.rival || lock.rival.rev < rev)) {
      this.#judge(this.#update(lock, turn, { rival: { txId, rev, by: by ?? null } }), turn);
    }
  }

  #judge(lock: Target, turn: Turn): void {
    const { rival, rev } = lock;
    if (!rival || rev === null) return;
    if (rival.rev > rev) {
      this.#end(lock, "conflict", turn, null, { by: rival.by, message: updatedBy(rival.by, this.#user) });
    } else {
      this.#update(lock, turn, { rival: null });
    }
  }

  #void(lock: Target, status: string, turn: Turn): void {
    const by: By = { kind: "safety", name: status };
    this.#end(lock, "cancelled", turn, null, { by, message: `Voided by ${status}` });
    if (this.transactions.get(lock.txId)?.status === "optimistic" && !this.#pending(lock.txId).length) {
      this.#move(lock.txId, "cancelled", turn);
    }
  }

  get #user(): string | undefined {
    return this.#server.user?.name;
  }

  // ---- keeping the maps ------------------------------------------------------------------------------

  #target(txId: string, machine: string, field: string): Target | undefined {
    return this.transactions.get(txId)?.targets.get(machine)?.get(field);
  }

  #pending(txId: string): Target[] {
    return this.#targets(txId, isPending);
  }

  #unsettled(txId: string): Target[] {
    return this.#targets(txId, (phase) => isPending(phase) || phase === "unknown");
  }

  #targets(txId: string, isWanted: (phase: Phase) => boolean): Target[] {
    const found: Target[] = [];
    for (const own of this.transactions.get(txId)?.targets.values() ?? []) {
      for (const target of own.values()) if (isWanted(target.phase)) found.push(target);
    }
    return found;
  }

  #move(txId: string, status: Status, turn: Turn, changes: { sentMs?: number } = {}): void {
    const known = this.transactions.get(txId);
    if (!known || known.status === status) return;
    this.transactions.set(txId, { ...known, status, ...changes });
    turn.transactions.add(txId);
  }

  /** Puts the changed target where the old one was. */
  #update(target: Target, turn: Turn, changes: Changes): Target {
    if (isUnchanged(target, changes)) return target;
    const changed: Target = { ...target, ...changes };
    const { txId, machine, field } = target;
    const known = this.transactions.get(txId);
    if (known) {
      known.targets.get(machine)?.set(field, changed);
      if (!turn.transactions.has(txId)) this.transactions.set(txId, { ...known });
      turn.transactions.add(txId);
    }
    if (this.locks.get(machine)?.get(field) === target) this.#putLock(changed, turn);
    return changed;
  }

  /** Releases the lock and reports the change. */
  #end(target: Target, phase: Ending, turn: Turn, said: Said | null, changes: Changes): void {
    const outcome = said ? said.outcome : target.outcome;
    const code = said && phase !== "conflict" ? saidOf(said) : null;
    const ended = this.#update(target, turn, { phase, outcome, rival: null, said: code, ...changes });
    if (this.locks.get(ended.machine)?.get(ended.field) === ended) {
      if (!without(this.locks, ended.machine, ended.field)) this.lockedRevision += 1;
    }
    this.#notify(phase, ended, ended.message ?? "", code, turn);
  }

  #putLock(lock: Target, turn: Turn): void {
    const fields = this.locks.get(lock.machine);
    if (!fields) this.lockedRevision += 1;
    this.locks.set(lock.machine, new Map(fields).set(lock.field, lock));
    turn.machines.add(lock.machine);
  }

  #notify(kind: NoticeKind, target: Target, message: string, said: Message | null, turn: Turn): void {
    const { machine, field, txId, value, by } = target;
    const untilMs = turn.nowMs + NOTICE_MS[kind];
    const notice: Notice = { kind, machine, field, txId, value, message, untilMs, by, said };
    turn.notices.push(notice);
    if (untilMs === turn.nowMs) {
      if (!this.notices.get(machine)?.has(field)) return;
      without(this.notices, machine, field);
      turn.machines.add(machine);
      return;
    }
    this.notices.set(machine, new Map(this.notices.get(machine)).set(field, notice));
    turn.machines.add(machine);
    this.#deadlines.at(untilMs, (later) => {
      if (this.notices.get(machine)?.get(field) !== notice) return;
      without(this.notices, machine, field);
      later.machines.add(machine);
    });
  }
}

/** The last instant at which the server may still send something of it (CMD-8). */
function limitMs({ sentMs, atMs }: Transaction): number {
  return (sentMs ?? atMs) + ANSWER_WITHIN_MS;
}

function isOver(sent: Transaction, atMs: number): boolean {
  return atMs > limitMs(sent);
}

/** Takes one field out, and returns whether any are left. */
function without<T>(maps: Map<string, ReadonlyMap<string, T>>, machine: string, field: string): boolean {
  const rest = new Map(maps.get(machine));
  rest.delete(field);
  if (rest.size) maps.set(machine, rest);
  else maps.delete(machine);
  return rest.size > 0;
}

function isUnchanged(target: Target, changes: Changes): boolean {
  for (const key in changes) {
    const name = key as keyof Target;
    if (changes[name] !== target[name]) return false;
  }
  return true;
}
