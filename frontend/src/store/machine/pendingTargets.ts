/**
 * The targets of `$pending` with their transactions, locks and notices, and how each is changed: an object is replaced,
 * what looks different now is noted in the transition, and the deadline of a notice is set.
 * Twin of `src/setpoint/core/store/pending_targets.py`.
 */
import type { Message } from "../../contract/message.ts";
import { Deadlines } from "./deadlines.ts";
import { codedMessage, type Ending, type ServerOutcome } from "./outcomes.ts";
import {
  isPending,
  NOTICE_MS,
  type Notice,
  type NoticeKind,
  type PendingState,
  type Phase,
  type Status,
  type Target,
  type Transaction,
  type Transition,
} from "./types.ts";

type Changes = { [key in keyof Target]?: Target[key] };

interface OwnTransaction extends Transaction {
  readonly targets: Map<string, Map<string, Target>>;
}

export class PendingTargets implements PendingState {
  readonly transactions = new Map<string, OwnTransaction>();
  /** The inner maps are replaced, never changed: the cached views depend on their identity. */
  readonly locks = new Map<string, ReadonlyMap<string, Target>>();
  readonly notices = new Map<string, ReadonlyMap<string, Notice>>();
  /** Rises whenever a machine gets its first lock or loses its last. */
  lockedRevision = 0;
  /** An entry that no longer matters does nothing when it is due. */
  protected readonly deadlines = new Deadlines<(transition: Transition) => void>();

  protected find(txId: string, machine: string, field: string): Target | undefined {
    return this.transactions.get(txId)?.targets.get(machine)?.get(field);
  }

  protected pending(txId: string): Target[] {
    return this.targetsIn(txId, isPending);
  }

  protected unsettled(txId: string): Target[] {
    return this.targetsIn(txId, (phase) => isPending(phase) || phase === "unknown");
  }

  private targetsIn(txId: string, isWanted: (phase: Phase) => boolean): Target[] {
    const found: Target[] = [];
    for (const own of this.transactions.get(txId)?.targets.values() ?? []) {
      for (const target of own.values()) if (isWanted(target.phase)) found.push(target);
    }
    return found;
  }

  protected move(
    txId: string,
    status: Status,
    transition: Transition,
    changes: { sentMs?: number } = {},
  ): void {
    const known = this.transactions.get(txId);
    if (!known || known.status === status) return;
    this.transactions.set(txId, { ...known, status, ...changes });
    transition.transactions.add(txId);
  }

  /** Replaces the old target by the changed one. */
  protected update(target: Target, transition: Transition, changes: Changes): Target {
    if (isUnchanged(target, changes)) return target;
    const changed: Target = { ...target, ...changes };
    const { txId, machine, field } = target;
    const known = this.transactions.get(txId);
    if (known) {
      known.targets.get(machine)?.set(field, changed);
      if (!transition.transactions.has(txId)) this.transactions.set(txId, { ...known });
      transition.transactions.add(txId);
    }
    if (this.locks.get(machine)?.get(field) === target) this.lock(changed, transition);
    return changed;
  }

  /** Releases the lock and reports the change. */
  protected end(
    target: Target,
    phase: Ending,
    transition: Transition,
    result: ServerOutcome | null,
    changes: Changes,
  ): void {
    const outcome = result ? result.outcome : target.outcome;
    const code = result && phase !== "conflict" ? codedMessage(result) : null;
    const ended = this.update(target, transition, { phase, outcome, rival: null, said: code, ...changes });
    if (this.locks.get(ended.machine)?.get(ended.field) === ended) {
      if (!without(this.locks, ended.machine, ended.field)) this.lockedRevision += 1;
    }
    this.notify(phase, ended, ended.message ?? "", code, transition);
  }

  protected lock(lock: Target, transition: Transition): void {
    const fields = this.locks.get(lock.machine);
    if (!fields) this.lockedRevision += 1;
    this.locks.set(lock.machine, new Map(fields).set(lock.field, lock));
    transition.machines.add(lock.machine);
  }

  protected notify(
    kind: NoticeKind,
    target: Target,
    message: string,
    said: Message | null,
    transition: Transition,
  ): void {
    const { machine, field, txId, value, by } = target;
    const untilMs = transition.nowMs + NOTICE_MS[kind];
    const notice: Notice = { kind, machine, field, txId, value, message, untilMs, by, said };
    transition.notices.push(notice);
    if (untilMs === transition.nowMs) {
      if (!this.notices.get(machine)?.has(field)) return;
      this.dropNotice(machine, field);
      transition.machines.add(machine);
      return;
    }
    this.notices.set(machine, new Map(this.notices.get(machine)).set(field, notice));
    transition.machines.add(machine);
    this.deadlines.at(untilMs, (later) => {
      if (this.notices.get(machine)?.get(field) !== notice) return;
      this.dropNotice(machine, field);
      later.machines.add(machine);
    });
  }

  protected dropNotice(machine: string, field: string): void {
    without(this.notices, machine, field);
  }
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
