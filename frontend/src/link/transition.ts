/**
 * The bookkeeping of one step: the link so far, the effects so far, and the next deadline.
 * Twin of `src/setpoint/core/link/transition.py`.
 *
 * It has only one rule: whenever a topic is stored, it decides whether the topic's values may look live (SEQ-2, HB-3),
 * so that no caller can forget it.
 */
import type { Effect } from "./events.ts";
import { isCaughtUp, type Link, nextDeadline, staleLimitMs, type Topic } from "./states.ts";

export class Transition {
  link: Link;
  readonly nowMs: number;
  readonly effects: Effect[] = [];
  #topics: Map<string, Topic> | null = null;

  constructor(link: Link, nowMs: number) {
    this.link = link;
    this.nowMs = nowMs;
  }

  set(changes: Partial<Link>): void {
    this.link = { ...this.link, ...changes };
  }

  /** This step's own copy of the topics, made when the first of them changes. */
  ownTopics(): Map<string, Topic> {
    if (!this.#topics) {
      this.#topics = new Map(this.link.topics);
      this.set({ topics: this.#topics });
    }
    return this.#topics;
  }

  /** Stores a topic, and judges whether its values may look live (SEQ-2, HB-3). */
  put(name: string, topic: Topic, isHeard = false): void {
    const heardAtMs = isHeard ? this.nowMs : topic.heardAtMs;
    const isOld = heardAtMs === null || this.nowMs - heardAtMs >= staleLimitMs(name);
    // While the connection is silent, no topic looks live (HB-2) until something of that topic arrives again.
    const isSilent = this.link.connection.type === "STALE" && heardAtMs !== this.nowMs;
    const isStale = isOld || isSilent || !isCaughtUp(topic);
    if (isStale !== topic.isStale) {
      this.effects.push({ type: "notifyTopic", topic: name, isStale });
      if (!isStale) this.wakeBy(this.nowMs + staleLimitMs(name));
    }
    this.ownTopics().set(name, { ...topic, heardAtMs, isStale });
  }

  /** Asks for a topic, with the position that we have (SEQ-4). */
  subscribe(name: string, topic: Topic): void {
    const id = this.takeId();
    this.put(name, { ...topic, pendingId: id, head: null, refusal: null });
    const since = topic.position ? { since: topic.position } : {};
    this.effects.push({ type: "sendFrame", frame: { type: "subscribe", id, topic: name, ...since } });
  }

  takeId(): number {
    const id = this.link.nextId;
    this.set({ nextId: id + 1 });
    return id;
  }

  /** The server has sent `hello` on the current socket. */
  isOpen(): boolean {
    const { connection } = this.link;
    return connection.type !== "DISCONNECTED" && connection.heardAtMs !== null;
  }

  isAcknowledged(): boolean {
    for (const topic of this.link.topics.values()) if (topic.pendingId !== null) return false;
    return true;
  }

  // The deadline: `wakeAtMs` is a lower bound of all, so that a frame costs nothing until that instant comes.

  isDue(): boolean {
    return this.link.wakeAtMs === null || this.nowMs >= this.link.wakeAtMs;
  }

  wakeBy(atMs: number): void {
    if (this.link.wakeAtMs === null || atMs < this.link.wakeAtMs) this.set({ wakeAtMs: atMs });
  }

  reschedule(): void {
    this.set({ wakeAtMs: nextDeadline(this.link) });
  }

  finish(before: Link, isTimerSpent: boolean): [Link, Effect[]] {
    const state = this.link.connection.type;
    const { wakeAtMs } = this.link;
    if (state !== before.connection.type) this.effects.push({ type: "notify", state });
    if (isTimerSpent || wakeAtMs !== before.wakeAtMs)
      this.effects.push({ type: "scheduleAt", atMs: wakeAtMs });
    return [this.link, this.effects];
  }
}
