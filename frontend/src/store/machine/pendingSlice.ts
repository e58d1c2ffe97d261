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
 * `pendingTargets.ts` keeps the targets; here are the rules by which they change.
 *
 * Revs give the order of two people's writes. Our rev is known from the answer or the echo; until then, the other
 * change waits in the lock's `rival` (CONF-1).
 */
import { type By, isFinal, type TxOutcome } from "../../contract/index.ts";
import {
  codedMessage,
  ENDING,
  LANDED,
  lateEnd,
  REFUSALS,
  type ServerOutcome,
  UNKNOWN_WORDS,
  updatedBy,
  WORDS,
  wordsOf,
} from "./outcomes.ts";
import { PendingTargets } from "./pendingTargets.ts";
import {
  ANSWER_WITHIN_MS,
  type Event,
  FORGET_AFTER_MS,
  IllegalTransition,
  isCritical,
  isPending,
  LOCK_MS,
  type Result,
  type ServerState,
  type Target,
  type Transaction,
  type Transition,
} from "./types.ts";

type Commit = Extract<Event, { type: "commit" }>;

/** `$server` is read for revs and statuses and is never written (TIER-1). `writable`: what can be locked (LOCK-1). */
export class PendingSlice extends PendingTargets {
  readonly #server: ServerState & { rev(machine: string, field: string): number | null };
  #writable: ReadonlySet<string>;
  #scheduledMs: number | null = null;

  constructor(
    server: ServerState & { rev(machine: string, field: string): number | null },
    writable: ReadonlySet<string>,
  ) {
    super();
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
      const fields = new Set(Object.values(event.updates).flatMap((values) => Object.keys(values)));
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

  commit({ txId, updates, base }: Commit, transition: Transition): void {
    const targets = new Map<string, Map<string, Target>>();
    this.transactions.set(txId, {
      txId,
      atMs: transition.nowMs,
      status: "optimistic",
      sentMs: null,
      targets,
    });
    transition.transactions.add(txId);
    for (const [machine, values] of Object.entries(updates)) {
      // A machine that is critical gets no lock at all: nothing may appear when it clears (SAFE-1, SAFE-2).
      const isShown = !isCritical(this.#server.machines.get(machine)?.status);
      const own = new Map<string, Target>();
      targets.set(machine, own);
      for (const [field, value] of Object.entries(values)) {
        const target: Target = {
          txId,
          machine,
          field,
          value,
          atMs: transition.nowMs,
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
        if (older) this.end(older, "superseded", transition, null, { message: WORDS.superseded });
        this.lock(target, transition);
        this.dropNotice(machine, field);
      }
    }
    this.deadlines.at(transition.nowMs + LOCK_MS + 1, (later) => this.#giveUp(txId, later));
    this.deadlines.at(transition.nowMs + FORGET_AFTER_MS, () => this.transactions.delete(txId));
  }

  inflight(txId: string, transition: Transition): void {
    this.move(txId, "inflight", transition, { sentMs: transition.nowMs });
    for (const target of this.pending(txId)) this.update(target, transition, { phase: "inflight" });
  }

  cancel(txId: string, transition: Transition): void {
    this.move(txId, "cancelled", transition);
    for (const target of this.pending(txId)) {
      this.end(target, "cancelled", transition, null, { message: "Taken back before it was sent" });
    }
  }

  // ---- what HTTP says --------------------------------------------------------------------------------

  answered(txId: string, results: readonly Result[], transition: Transition): void {
    if (!this.transactions.has(txId)) return;
    this.move(txId, "confirmed", transition);
    for (const result of results) {
      const target = this.find(txId, result.machine, result.field);
      if (!target) continue;
      if (!isPending(target.phase)) this.#settle(target, result, transition);
      else if (REFUSALS.includes(result.outcome)) this.#conclude(target, result, transition);
      else
        this.#judge(
          this.update(target, transition, { phase: "confirmed", rev: result.rev ?? target.rev }),
          transition,
        );
    }
  }

  refused(txId: string, message: string, transition: Transition): void {
    const known = this.transactions.get(txId);
    if (!known || known.status === "confirmed") return;
    this.move(txId, "failed", transition);
    for (const target of this.unsettled(txId)) this.end(target, "failed", transition, null, { message });
  }

  /** No answer came: the client asks for the batch, now and once its limit has passed (SEQ-5). */
  lost(txId: string, transition: Transition): void {
    const known = this.transactions.get(txId);
    if (known?.status !== "inflight") return;
    this.move(txId, "lost", transition);
    this.#askForLost(txId, transition);
    if (isOver(known, transition.nowMs)) return;
    this.deadlines.at(limitMs(known) + 1, (later) => this.#askForLost(txId, later));
  }

  /**
   * A 404 proves something only if no POST is under way, and if the question left after the batch's limit (CMD-8).
   * Before that limit, the POST may arrive after the question.
   */
  notFound(txId: string, askedMs: number, transition: Transition): void {
    const known = this.transactions.get(txId);
    if (known?.status !== "lost" || !isOver(known, askedMs)) return;
    this.move(txId, "failed", transition);
    for (const target of this.unsettled(txId)) {
      this.end(target, "failed", transition, null, {
        message: "Not applied: the server has no record of it",
      });
    }
  }

  // ---- what the stream says --------------------------------------------------------------------------

  /** The outcomes of one frame, in order. `$server` has the frame's values already (TX-3). */
  takeOutcomes(outcomes: readonly TxOutcome[], transition: Transition): void {
    for (const outcome of outcomes) {
      const target = this.find(outcome.txId, outcome.machine, outcome.field);
      if (target && !isPending(target.phase)) this.#settle(target, outcome, transition);
      else if (target && isFinal(outcome.outcome)) this.#conclude(target, outcome, transition);
      else if (target) {
        this.#judge(
          this.update(target, transition, { phase: "confirmed", rev: outcome.rev ?? target.rev }),
          transition,
        );
      }
      const lock = this.locks.get(outcome.machine)?.get(outcome.field);
      if (lock && lock.txId !== outcome.txId) this.#takeAnother(lock, outcome, transition);
    }
  }

  /**
   * A stop cancels the locks of its machine for good, and ends the confirmed look of targets that were applied (SAFE-2,
   * TX-5).
   */
  voidCritical(transition: Transition): void {
    if (!this.locks.size && !this.notices.size) return;
    for (const machine of [...transition.machines.list]) {
      const status = this.#server.machines.get(machine)?.status;
      if (!isCritical(status)) continue;
      for (const lock of this.locks.get(machine)?.values() ?? [])
        this.#void(lock, String(status), transition);
      for (const { kind, field } of this.notices.get(machine)?.values() ?? []) {
        if (kind === "reconciled") this.dropNotice(machine, field);
      }
    }
  }

  /** A connection opened: the client asks for every batch that was sent and is not settled (SEQ-5). */
  askAgain(transition: Transition): void {
    for (const [txId, known] of this.transactions) {
      if (known.status !== "optimistic" && this.unsettled(txId).length) transition.asks.add(txId);
    }
  }

  // ---- what time does --------------------------------------------------------------------------------

  /** Handles every deadline that has passed. Called on every event, so that it does not depend on timers alone. */
  expire(transition: Transition): void {
    for (const act of this.deadlines.due(transition.nowMs)) act(transition);
  }

  wake(transition: Transition): void {
    for (const txId of this.transactions.keys()) this.#giveUp(txId, transition);
  }

  /** The earliest deadline, if it has changed since the last call. */
  nextDeadline(): number | null {
    const atMs = this.deadlines.nextMs();
    if (atMs === this.#scheduledMs) return null;
    this.#scheduledMs = atMs;
    return atMs;
  }

  /**
   * Ends the targets of a lock whose time is over (LOCK-3). Targets that were never sent must never be sent: they are
   * cancelled. All others are unknown, and the client asks for them.
   */
  #giveUp(txId: string, transition: Transition): void {
    const pending = this.pending(txId);
    if (!pending.length) return;
    if (this.transactions.get(txId)?.status === "optimistic") {
      this.move(txId, "cancelled", transition);
      for (const target of pending)
        this.end(target, "cancelled", transition, null, { message: "Not sent within 10 s" });
      return;
    }
    for (const target of pending) this.end(target, "unknown", transition, null, { message: UNKNOWN_WORDS });
    transition.asks.add(txId);
  }

  #askForLost(txId: string, transition: Transition): void {
    if (this.transactions.get(txId)?.status === "lost" && this.unsettled(txId).length)
      transition.asks.add(txId);
  }

  // ---- judgement -------------------------------------------------------------------------------------

  /** The server's final outcome of a pending target. */
  #conclude(target: Target, result: ServerOutcome, transition: Transition): void {
    const phase = ENDING[result.outcome];
    if (!phase) return;
    const rev = result.rev ?? target.rev;
    const rival = target.rival;
    if (phase === "reconciled" && rival && rev !== null && rival.rev > rev) {
      this.end(target, "conflict", transition, result, {
        rev,
        by: rival.by,
        message: updatedBy(rival.by, this.#user),
      });
    } else {
      this.end(target, phase, transition, result, {
        rev,
        by: result.by ?? null,
        message: wordsOf(result, this.#user),
      });
    }
  }

  /** A final outcome of a target that we had ended ourselves, or that ended `unknown`; counts once. */
  #settle(target: Target, result: ServerOutcome, transition: Transition): void {
    const { outcome } = result;
    const phase = ENDING[outcome];
    const isOpen = target.outcome === null || (target.outcome === "unknown" && outcome !== "unknown");
    if (!isOpen || !phase) return;
    const rev = result.rev ?? target.rev;
    if (outcome === "unknown") {
      this.update(target, transition, { outcome, rev });
      return;
    }
    const isLate = outcome === "applied";
    const message = isLate ? "Applied late" : wordsOf(result, this.#user);
    const code = isLate ? null : codedMessage(result);
    if (target.phase === "unknown") {
      const changes = { phase, outcome, rev, by: result.by ?? null, message, said: code };
      this.notify(lateEnd(outcome), this.update(target, transition, changes), message, code, transition);
      return;
    }
    const settled = this.update(target, transition, { outcome, rev });
    if (LANDED.includes(outcome) && (settled.phase === "cancelled" || settled.phase === "failed")) {
      this.notify(lateEnd(outcome), settled, message, code, transition);
    }
  }

  /** Another txId's outcome on a field that we have locked. Only what changed the value can be a conflict. */
  #takeAnother(lock: Target, result: TxOutcome, transition: Transition): void {
    const { txId, rev, by } = result;
    if (typeof rev !== "number" || rev <= Math.max(lock.base ?? 0, lock.rev ?? 0)) return;
    if (by?.kind === "safety") {
      this.#void(lock, by.name ?? "", transition);
    } else if (LANDED.includes(result.outcome) && (!lock.rival || lock.rival.rev < rev)) {
      this.#judge(this.update(lock, transition, { rival: { txId, rev, by: by ?? null } }), transition);
    }
  }

  #judge(lock: Target, transition: Transition): void {
    const { rival, rev } = lock;
    if (!rival || rev === null) return;
    if (rival.rev > rev) {
      this.end(lock, "conflict", transition, null, {
        by: rival.by,
        message: updatedBy(rival.by, this.#user),
      });
    } else {
      this.update(lock, transition, { rival: null });
    }
  }

  #void(lock: Target, status: string, transition: Transition): void {
    const by: By = { kind: "safety", name: status };
    this.end(lock, "cancelled", transition, null, { by, message: `Voided by ${status}` });
    if (this.transactions.get(lock.txId)?.status === "optimistic" && !this.pending(lock.txId).length) {
      this.move(lock.txId, "cancelled", transition);
    }
  }

  get #user(): string | undefined {
    return this.#server.user?.name;
  }
}

/** The last instant at which the server may still send something of it (CMD-8). */
function limitMs({ sentMs, atMs }: Transaction): number {
  return (sentMs ?? atMs) + ANSWER_WITHIN_MS;
}

function isOver(sent: Transaction, atMs: number): boolean {
  return atMs > limitMs(sent);
}
