/**
 * One client's connection, as one function: `step(link, event, nowMs)` → `[link, effects]`.
 * Twin of `src/setpoint/core/link/step.py`.
 *
 * A socket is live while frames arrive: every frame counts, and silence is measured from the last frame, not by a
 * timer. So a throttled timer or a sleeping computer cannot make a live connection look dead, or a dead one live
 * (HB-2, LINK-3). A topic is live while its numbers are consecutive. A delta is delivered only if it is the next one
 * of the same epoch. An older one is ignored. A newer one shows a gap, and so does a `ping` that is ahead, so that
 * silence is verified (SEQ-2, SEQ-3). After a gap, the link subscribes again with its position, and the server sends
 * the missed deltas or a snapshot (SEQ-4). A new epoch shows that the server restarted, which makes every position
 * void (SEQ-5).
 *
 * The shell has sockets, timers and jitter. The store knows what the frames mean.
 */
import {
  type Ack,
  DASHBOARD,
  type Delta,
  type Down,
  type ErrorFrame,
  type Hello,
  isFinalClose,
  type Ping,
  retryAfterMs,
  type Snapshot,
  topicKind,
} from "../contract/index.ts";
import { waitMs } from "./backoff.ts";
import { type Effect, type Event, LinkMisuse } from "./events.ts";
import {
  BACKOFF_RESTARTS_AFTER_MS,
  CONNECT_WITHIN_MS,
  type Disconnected,
  isCaughtUp,
  LEAST_STALE_AFTER_MS,
  type Link,
  MOST_STALE_AFTER_MS,
  NEW_TOPIC,
  PAUSE_AFTER_MS,
  STALE_FOR_MS,
  type Topic,
} from "./states.ts";
import { Transition } from "./transition.ts";

/** The link and the effects after an event. Throws `LinkMisuse`, and changes nothing, for an impossible event. */
export function step(link: Link, event: Event, nowMs: number): readonly [Link, readonly Effect[]] {
  const turn = new Decision(link, nowMs);
  const isFromSocket = event.type === "received" || event.type === "closed";
  if (isFromSocket && !turn.isCurrent(event.socket)) return [link, []];
  turn.decide(event);
  if (event.type === "received") turn.checkIfDue();
  else if (event.type !== "wantTopic" && event.type !== "dropTopic") turn.reschedule();
  return turn.finish(link, event.type === "wake");
}

/** Applies the rules to one event. */
class Decision extends Transition {
  decide(event: Event): void {
    switch (event.type) {
      case "start":
        this.#start();
        return;
      case "stop":
        this.#stop();
        return;
      case "received":
        this.#receive(event.frame);
        return;
      case "closed":
        this.#lose(event.code, event.reason, event.jitter);
        return;
      case "wantTopic":
        this.#want(event.topic);
        return;
      case "dropTopic":
        this.#dropTopic(event.topic);
        return;
      case "pageHidden":
        this.#hide();
        return;
      case "pageShown":
        this.#show(event.jitter);
        return;
      case "wake":
        this.#checkDeadlines(event.jitter);
        return;
      default:
        unreachable(event);
    }
  }

  // ---- the socket

  isCurrent(socket: number): boolean {
    if (socket < 1 || socket > this.link.sockets) {
      throw new LinkMisuse(
        "illegal_transition",
        `expected a socket from 1 to ${this.link.sockets}, but got ${socket}: it was never asked for`,
      );
    }
    const { connection } = this.link;
    return connection.type !== "DISCONNECTED" && connection.socket === socket;
  }

  #start(): void {
    if (this.link.connection.type === "DISCONNECTED") this.#connect();
  }

  #connect(): void {
    const socket = this.link.sockets + 1;
    this.set({
      connection: { type: "CONNECTING", socket, sinceMs: this.nowMs, heardAtMs: null },
      sockets: socket,
    });
    this.effects.push({ type: "connect", socket });
  }

  #stop(): void {
    this.#drop();
    this.#disconnect({ type: "DISCONNECTED", sinceMs: this.nowMs, retryAtMs: null, code: null, reason: "" });
  }

  #drop(): void {
    const { connection } = this.link;
    if (connection.type !== "DISCONNECTED") this.effects.push({ type: "drop", socket: connection.socket });
  }

  #giveUp(jitter: number): void {
    this.#drop();
    this.#lose(1006, "no sign of life", jitter);
  }

  /** The socket is gone: wait before the next attempt, or for ever (LINK-2). */
  #lose(code: number, reason: string, jitter: number): void {
    this.#leaveConnected();
    let retryAtMs: number | null = null;
    if (!isFinalClose(code)) {
      retryAtMs = this.nowMs + (retryAfterMs(reason) ?? waitMs(this.link.attempt, jitter));
      this.set({ attempt: this.link.attempt + 1 });
    }
    this.#disconnect({ type: "DISCONNECTED", sinceMs: this.nowMs, retryAtMs, code, reason });
  }

  #disconnect(connection: Disconnected): void {
    this.set({ connection });
    const { page } = this.link;
    // The next session is not paused yet.
    if (page.type === "paused") this.set({ page: { type: "hidden", sinceMs: page.sinceMs } });
    this.#doubt();
  }

  /** The back-off restarts only after 30 s CONNECTED, counted to the last sign of life (LINK-2). */
  #leaveConnected(): void {
    const { connection } = this.link;
    if (connection.type !== "CONNECTED") return;
    if (connection.heardAtMs - connection.sinceMs >= BACKOFF_RESTARTS_AFTER_MS) this.set({ attempt: 0 });
  }

  // ---- frames

  #receive(frame: Down): void {
    const { connection } = this.link;
    if (connection.type === "DISCONNECTED") return;
    if (frame.type === "hello") {
      this.#greet(connection.socket, frame);
    } else if (connection.heardAtMs === null) {
      return; // before hello nothing counts, not even as a sign of life: the epoch is not known
    } else {
      this.set({ connection: { ...connection, heardAtMs: this.nowMs } });
      this.#follow(frame);
    }
    const now = this.link.connection;
    if (now.type === "CONNECTED") return;
    const common = { socket: connection.socket, sinceMs: this.nowMs, heardAtMs: this.nowMs };
    if (this.isAcknowledged()) this.set({ connection: { type: "CONNECTED", ...common } });
    else if (now.type === "STALE") this.set({ connection: { type: "CONNECTING", ...common } });
    this.wakeBy(this.nowMs + this.link.staleAfterMs);
  }

  #follow(frame: Exclude<Down, Hello>): void {
    switch (frame.type) {
      case "delta":
        this.#takeDelta(frame);
        return;
      case "snapshot":
        this.#takeSnapshot(frame);
        return;
      case "ping":
        this.effects.push({ type: "sendFrame", frame: { type: "pong", ts: frame.ts } });
        this.#compare(frame.pos);
        return;
      case "ack":
        this.#takeAck(frame);
        return;
      case "error":
        this.#takeError(frame);
        return;
      default:
        unreachable(frame);
    }
  }

  /** The server's first frame. Subscribes to every topic, with its position if the epoch is still the same. */
  #greet(socket: number, hello: Hello): void {
    const { connection, page, epoch } = this.link;
    this.effects.push({ type: "deliver", frame: hello });
    const sinceMs = connection.type === "CONNECTING" ? connection.sinceMs : this.nowMs;
    this.#leaveConnected();
    this.set({
      connection: { type: "CONNECTING", socket, sinceMs, heardAtMs: this.nowMs },
      epoch: hello.epoch,
      staleAfterMs: Math.min(
        Math.max(hello.heartbeat.staleAfterMs, LEAST_STALE_AFTER_MS),
        MOST_STALE_AFTER_MS,
      ),
    });
    if (page.type === "hidden") this.wakeBy(page.sinceMs + PAUSE_AFTER_MS);
    if (epoch !== null) this.effects.push({ type: "refetch" });
    for (const [name, topic] of this.link.topics) {
      const isVoid = topic.position !== null && topic.position.epoch !== hello.epoch;
      this.subscribe(name, isVoid ? { ...topic, position: null } : topic);
    }
  }

  #takeDelta(delta: Delta): void {
    const topic = this.link.topics.get(delta.topic);
    if (!topic) return; // unsubscribed while it was on its way
    const have = topic.position;
    if (have && delta.seq === have.seq + 1) {
      this.effects.push({ type: "deliver", frame: delta });
      this.put(delta.topic, { ...topic, position: { epoch: have.epoch, seq: delta.seq } }, true);
    } else if (!have || delta.seq > have.seq) {
      this.#findGap(delta.topic, topic);
    }
  }

  #takeSnapshot(snapshot: Snapshot): void {
    const topic = this.link.topics.get(snapshot.topic);
    const { epoch } = this.link;
    // A seq counts only within its epoch (SEQ-5); the specification's own snapshot names no epoch.
    if (!topic || epoch === null || (snapshot.epoch && snapshot.epoch !== epoch)) return;
    // Older than a state that we know to be complete.
    if (isCaughtUp(topic) && topic.position && snapshot.seq < topic.position.seq) return;
    this.effects.push({ type: "deliver", frame: snapshot });
    const position = { epoch, seq: snapshot.seq };
    this.put(snapshot.topic, { ...topic, position, head: snapshot.seq }, true);
  }

  #takeAck(ack: Ack): void {
    const topic = this.link.topics.get(ack.topic);
    if (topic?.pendingId !== ack.id) return;
    const settled = { ...topic, pendingId: null, head: ack.seq ?? null };
    this.put(ack.topic, settled, isCaughtUp(settled));
  }

  /** Silence is verified: the ping must name the positions that we have (SEQ-3). */
  #compare(heads: Ping["pos"]): void {
    for (const [name, head] of Object.entries(heads)) {
      const topic = this.link.topics.get(name);
      if (!topic || topic.pendingId !== null || this.#isPaused(name)) continue;
      if (!topic.position || head > topic.position.seq) this.#findGap(name, topic);
      else if (head === topic.position.seq) this.put(name, { ...topic, head }, true);
    }
  }

  #findGap(name: string, topic: Topic): void {
    // Already requested: the missed deltas are on their way, or come as a snapshot with resume.
    if (topic.pendingId !== null || this.#isPaused(name)) return;
    this.set({ gaps: this.link.gaps + 1 });
    this.effects.push({ type: "gapFound", topic: name });
    this.subscribe(name, topic);
  }

  #takeError({ id, code, message }: ErrorFrame): void {
    for (const [name, topic] of this.link.topics) {
      if (id == null || topic.pendingId !== id) continue;
      this.put(name, { ...topic, pendingId: null, refusal: code });
      this.effects.push({ type: "refused", code, message, topic: name });
      return;
    }
    this.effects.push({ type: "refused", code, message, topic: null });
  }

  // ---- topics

  #want(name: string): void {
    if (topicKind(name) === null) {
      throw new LinkMisuse(
        "no_topic",
        `expected a topic such as dashboard:global, line:01 or m:401, but got ${JSON.stringify(name)}`,
      );
    }
    if (this.link.topics.has(name)) return;
    if (this.isOpen()) this.subscribe(name, NEW_TOPIC);
    else this.put(name, NEW_TOPIC);
  }

  #dropTopic(name: string): void {
    if (!this.link.topics.has(name)) return;
    this.ownTopics().delete(name);
    if (!this.isOpen()) return;
    this.effects.push({ type: "sendFrame", frame: { type: "unsubscribe", id: this.takeId(), topic: name } });
    const { connection } = this.link;
    if (connection.type === "CONNECTING" && connection.heardAtMs !== null && this.isAcknowledged()) {
      const { socket, heardAtMs } = connection;
      this.set({ connection: { type: "CONNECTED", socket, sinceMs: this.nowMs, heardAtMs } });
    }
  }

  /**
   * Every topic may have moved on: nothing looks live until the server has sent the positions of its topics again.
   */
  #doubt(): void {
    for (const [name, topic] of this.link.topics) this.put(name, { ...topic, head: null, pendingId: null });
  }

  // ---- the page

  #hide(): void {
    if (this.link.isKiosk || this.link.page.type !== "shown") return; // LINK-4
    this.set({ page: { type: "hidden", sinceMs: this.nowMs } });
  }

  /** Visible again: one snapshot for each topic that was paused, and until it lands nothing looks live. */
  #show(jitter: number): void {
    this.#checkDeadlines(jitter);
    if (this.link.page.type === "paused") {
      this.effects.push({ type: "sendFrame", frame: { type: "resume" } });
      this.#doubtPaused();
    }
    this.set({ page: { type: "shown" } });
  }

  #pause(sinceMs: number): void {
    this.effects.push({ type: "sendFrame", frame: { type: "pause" } });
    this.set({ page: { type: "paused", sinceMs } });
    this.#doubtPaused();
  }

  #doubtPaused(): void {
    for (const [name, topic] of this.link.topics) {
      if (name !== DASHBOARD) this.put(name, { ...topic, head: null });
    }
  }

  #isPaused(name: string): boolean {
    return this.link.page.type === "paused" && name !== DASHBOARD;
  }

  // ---- time

  /** Checks the deadlines after a frame, without any timer (LINK-3). */
  checkIfDue(): void {
    if (!this.isDue()) return;
    this.#checkDeadlines(0);
    this.reschedule();
  }

  /**
   * Makes every change that is due by time alone. After a long sleep, the link passes through several states at once.
   */
  #checkDeadlines(jitter: number): void {
    const { connection, staleAfterMs } = this.link;
    if (connection.type === "DISCONNECTED") {
      if (connection.retryAtMs !== null && this.nowMs >= connection.retryAtMs) this.#connect();
      return;
    }
    if (connection.type === "CONNECTING" && connection.heardAtMs === null) {
      if (this.nowMs >= connection.sinceMs + CONNECT_WITHIN_MS) this.#giveUp(jitter);
      return;
    }
    const { socket } = connection;
    const heardAtMs = connection.heardAtMs ?? this.nowMs;
    const silentMs = this.nowMs - heardAtMs;
    if (silentMs >= staleAfterMs + STALE_FOR_MS) {
      this.#giveUp(jitter);
      return;
    }
    if (silentMs >= staleAfterMs && connection.type !== "STALE") {
      this.#leaveConnected();
      this.set({ connection: { type: "STALE", socket, heardAtMs } });
    }
    const { page } = this.link;
    if (page.type === "hidden" && this.nowMs >= page.sinceMs + PAUSE_AFTER_MS) this.#pause(page.sinceMs);
    for (const [name, topic] of this.link.topics) if (!topic.isStale) this.put(name, topic);
  }
}

function unreachable(value: never): never {
  throw new TypeError(`expected nothing else, but got ${JSON.stringify(value)}`);
}
