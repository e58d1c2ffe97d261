/**
 * The page's one WebSocket, its timer and its visibility, around `link`: carries out the effects and decides nothing.
 *
 * A topic is subscribed once, however many components want it. When nobody wants it any more, it is kept for some
 * seconds, because the next view often wants it again. Frames go to the store through `deliver`. The rest of the page
 * reads `connection` and `freshness`, whose objects stay the same until their content changes; the age of the last
 * frame changes once a second, not with every frame.
 */

import {
  CloseCode,
  DASHBOARD,
  type Delta,
  decodeDown,
  encode,
  type Hello,
  ProtocolError,
  type Snapshot,
  SUBPROTOCOL,
  type Up,
} from "../contract/index.ts";
import type { ConnectionState } from "../link/index.ts";
import { type Effect, type Event, type Link, newLink, step } from "../link/index.ts";
import { Clock } from "./clock.ts";

/** How long a topic that nobody wants is kept, because views come and go. */
const LINGER_MS = 5_000;
const TELL_AGE_EVERY_MS = 1_000;
/** A sleep of the computer is noticed within this time, whether or not anything happens after it. */
const LOOK_EVERY_MS = 1_000;
/** With this much unsent data, the server does not read. */
const MAX_UNSENT_BYTES = 1_000_000;

/** For the store: consecutive frames, unsubscribed topics, and `wake` after the computer slept (LOCK-3). */
export type Delivery =
  | Hello
  | Snapshot
  | Delta
  | { readonly type: "unsubscribed"; readonly topic: string }
  | { readonly type: "wake" };

/** The state of the connection, and when it is tried again. */
export interface ConnectionNow {
  readonly state: ConnectionState;
  /** When the last frame came, by `performance.now()` and in the server's Unix seconds; null before the first. */
  readonly lastFrameMs: number | null;
  readonly lastFrameTs: number | null;
  /** When it tries again, by `performance.now()`. */
  readonly retryAtMs: number | null;
  /** Why it will not try again by itself; null while it does. */
  readonly finalReason: string | null;
}

/** Whether a topic's values are live; if not, when it last had data, by `performance.now()`. */
export interface Freshness {
  readonly isStale: boolean;
  readonly lastMs: number | null;
}

/** The part of a `WebSocket` that is used here. */
export type SocketLike = Pick<
  WebSocket,
  "send" | "close" | "readyState" | "bufferedAmount" | "onmessage" | "onclose"
>;

/** The part of `document` and `window` that is used here. */
export interface PageLike {
  readonly isHidden: () => boolean;
  /** Calls back on `visibilitychange` and when the network is back. The returned function unsubscribes. */
  readonly listen: (onVisibility: () => void, onOnline: () => void) => () => void;
}

export interface LiveSocketOptions {
  readonly deliver: (event: Delivery) => void;
  /** The server sent another `hello`: its plant may have changed (PLANT-1). */
  readonly onAgain?: () => void;
  readonly isKiosk?: boolean;
  readonly open: () => SocketLike;
  readonly page?: PageLike;
  readonly jitter?: () => number;
}

const FRESH: Freshness = { isStale: false, lastMs: null };
const UNHEARD: Freshness = { isStale: true, lastMs: null };
const OPEN = 1;

export class LiveSocket {
  readonly #deliver: (event: Delivery) => void;
  readonly #onAgain: () => void;
  readonly #open: () => SocketLike;
  readonly #page: PageLike;
  readonly #jitter: () => number;
  readonly #clock = new Clock();
  readonly #wanted = new Map<string, number>();
  readonly #lingering = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #listeners = new Set<() => void>();
  readonly #freshness = new Map<string, Freshness>();
  readonly #queue: Event[] = [];
  readonly #unlisten: () => void;
  readonly #looking: ReturnType<typeof setInterval>;
  #isPlaying = false;
  /** The computer slept, and neither the link nor the store know it yet. */
  #hasSlept = false;
  #link: Link;
  #socket: SocketLike | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastFrameMs: number | null = null;
  #lastFrameTs: number | null = null;
  /** The server's clock in its last hello or ping, and when that came. */
  #serverClock: { readonly ts: number; readonly atMs: number } | null = null;
  #now: ConnectionNow = {
    state: "CONNECTING",
    lastFrameMs: null,
    lastFrameTs: null,
    retryAtMs: null,
    finalReason: null,
  };

  constructor({
    deliver,
    onAgain = () => {},
    isKiosk = false,
    open,
    page = browserPage,
    jitter = Math.random,
  }: LiveSocketOptions) {
    this.#deliver = deliver;
    this.#onAgain = onAgain;
    this.#open = open;
    this.#page = page;
    this.#jitter = jitter;
    this.#link = newLink({ isKiosk });
    this.#unlisten = page.listen(
      () => this.#onVisibility(),
      () => this.#onOnline(),
    );
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.want(DASHBOARD);
    this.#feed({ type: "start" });
    if (page.isHidden()) this.#feed({ type: "pageHidden" });
  }

  /** The state of the connection for diagnosis: counters and each topic's position. */
  get link(): Link {
    return this.#link;
  }

  /** Subscribes to a topic until the returned function is called. The plant's topic is always subscribed (LINK-3). */
  readonly want = (topic: string): (() => void) => {
    const count = this.#wanted.get(topic) ?? 0;
    this.#wanted.set(topic, count + 1);
    clearTimeout(this.#lingering.get(topic));
    this.#lingering.delete(topic);
    if (count === 0) this.#feed({ type: "wantTopic", topic });
    let isWanted = true;
    return () => {
      if (!isWanted) return;
      isWanted = false;
      const left = (this.#wanted.get(topic) ?? 1) - 1;
      this.#wanted.set(topic, left);
      if (left === 0)
        this.#lingering.set(
          topic,
          setTimeout(() => this.#dropTopic(topic), LINGER_MS),
        );
    };
  };

  readonly connection = (): ConnectionNow => this.#now;

  /**
   * The server's Unix seconds now: what its last hello or ping said, and the time since. It is late by that frame's
   * travel time, never early. Null before the first.
   */
  readonly serverTime = (): number | null => {
    if (this.#clock.look()) this.#hasSlept = true; // the caller is rendering, so `#look` reports it later
    const clock = this.#serverClock;
    return clock && clock.ts + (this.#clock.now() - clock.atMs) / 1000;
  };

  readonly freshness = (topic: string): Freshness => this.#freshness.get(topic) ?? UNHEARD;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A person wants the connection now: they signed in again, or do not want to wait. */
  readonly retry = (): void => this.#feed({ type: "start" });

  readonly close = (): void => {
    this.#unlisten();
    clearInterval(this.#looking);
    for (const timer of this.#lingering.values()) clearTimeout(timer);
    this.#lingering.clear();
    this.#feed({ type: "stop" });
    this.#listeners.clear();
  };

  #dropTopic(topic: string): void {
    this.#lingering.delete(topic);
    this.#wanted.delete(topic);
    this.#freshness.delete(topic);
    this.#feed({ type: "dropTopic", topic });
    this.#deliver({ type: "unsubscribed", topic });
  }

  #onVisibility(): void {
    if (this.#page.isHidden()) this.#feed({ type: "pageHidden" });
    else this.#feed({ type: "pageShown", jitter: this.#jitter() });
  }

  /** The network is back: no reason to wait for the back-off, unless it is a person who has to act. */
  #onOnline(): void {
    const { connection } = this.#link;
    if (connection.type === "DISCONNECTED" && connection.retryAtMs !== null) this.#feed({ type: "start" });
  }

  /** One event at a time, each with all its effects, in the order in which they came. */
  #feed(event: Event): void {
    this.#queue.push(event);
    if (this.#isPlaying) return;
    this.#isPlaying = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#take(next);
    } finally {
      this.#isPlaying = false;
      this.#queue.length = 0;
    }
    this.#tell();
  }

  #look(): void {
    if (this.#clock.look()) this.#hasSlept = true;
    if (this.#hasSlept) this.#feed({ type: "wake", jitter: this.#jitter() });
  }

  #take(event: Event): void {
    if (this.#clock.look()) this.#hasSlept = true;
    if (this.#hasSlept) {
      // Time first: a frame that lay in a buffer while the computer slept is not a sign of life.
      this.#hasSlept = false;
      this.#deliver({ type: "wake" });
      this.#step({ type: "wake", jitter: this.#jitter() });
    }
    this.#step(event);
  }

  #step(event: Event): void {
    const [link, effects] = step(this.#link, event, this.#clock.now());
    this.#link = link;
    for (const effect of effects) this.#play(effect);
  }

  #play(effect: Effect): void {
    switch (effect.type) {
      case "connect":
        this.#connect(effect.socket);
        return;
      case "sendFrame":
        this.#send(effect.frame);
        return;
      case "drop":
        this.#forget()?.close();
        return;
      case "deliver":
        this.#deliver(effect.frame);
        return;
      case "scheduleAt":
        this.#schedule(effect.atMs);
        return;
      case "refused": // the topic's values are no longer valid (PLANT-1)
        if (effect.topic !== null) this.#deliver({ type: "unsubscribed", topic: effect.topic });
        return;
      case "refetch": // for batches the store asks by itself when the hello is delivered
        this.#onAgain();
        return;
      case "notify":
      case "notifyTopic":
      case "gapFound":
        return;
      default:
        unreachable(effect);
    }
  }

  #connect(socket: number): void {
    const opened = this.#open();
    this.#socket = opened;
    opened.onmessage = ({ data }) => this.#receive(socket, String(data));
    opened.onclose = ({ code, reason }) => this.#lose(socket, code, reason);
  }

  #receive(socket: number, text: string): void {
    this.#look();
    if (!this.#socket) return; // the clock shows that it has been dead for long
    try {
      const frame = decodeDown(text);
      this.#lastFrameMs = this.#clock.now();
      if ("ts" in frame) this.#lastFrameTs = frame.ts;
      if (frame.type === "hello" || frame.type === "ping")
        this.#serverClock = { ts: frame.ts, atMs: this.#clock.now() };
      this.#feed({ type: "received", socket, frame });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#forget()?.close(CloseCode.PROTOCOL_ERROR);
      this.#lose(socket, CloseCode.PROTOCOL_ERROR, error.message);
    }
  }

  #lose(socket: number, code: number, reason: string): void {
    this.#forget();
    this.#feed({ type: "closed", socket, jitter: this.#jitter(), code, reason });
  }

  #send(frame: Up): void {
    const socket = this.#socket;
    if (socket?.readyState !== OPEN) return; // it is closing; `onclose` is on its way
    if (socket.bufferedAmount > MAX_UNSENT_BYTES) {
      const { sockets } = this.#link;
      this.#forget()?.close();
      this.#queue.push({ type: "closed", socket: sockets, jitter: this.#jitter(), code: 1006, reason: "" });
    } else {
      socket.send(encode(frame));
    }
  }

  /** Ignores everything that still comes from the socket. */
  #forget(): SocketLike | null {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
    }
    return socket;
  }

  #schedule(atMs: number | null): void {
    clearTimeout(this.#timer);
    if (atMs === null) return;
    const delayMs = Math.min(Math.max(Math.ceil(atMs - this.#clock.now()), 0), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#feed({ type: "wake", jitter: this.#jitter() }), delayMs);
  }

  /** Replaces the page's state if it differs, and notifies the listeners. */
  #tell(): void {
    const hasNewFreshness = this.#lookAtTopics();
    const { connection } = this.#link;
    const isDown = connection.type === "DISCONNECTED";
    const retryAtMs =
      isDown && connection.retryAtMs !== null ? connection.retryAtMs - this.#clock.sleptMs : null;
    const finalReason = isDown && retryAtMs === null ? finalWords(connection.code, connection.reason) : null;
    const state = connection.type;
    const { lastFrameMs: notifiedMs, ...before } = this.#now;
    const lastFrameMs = this.#lastFrameMs === null ? null : this.#lastFrameMs - this.#clock.sleptMs;
    const ageMs = Math.abs((lastFrameMs ?? 0) - (notifiedMs ?? Number.NEGATIVE_INFINITY));
    const isSame =
      before.state === state && before.retryAtMs === retryAtMs && before.finalReason === finalReason;
    if (isSame && (this.#lastFrameMs === null || ageMs < TELL_AGE_EVERY_MS) && !hasNewFreshness) return;
    this.#now = {
      state,
      lastFrameMs,
      lastFrameTs: this.#lastFrameTs,
      retryAtMs,
      finalReason,
    };
    for (const listener of this.#listeners) listener();
  }

  #lookAtTopics(): boolean {
    let isNew = false;
    for (const [name, topic] of this.#link.topics) {
      const before = this.#freshness.get(name);
      const lastMs = topic.heardAtMs === null ? null : topic.heardAtMs - this.#clock.sleptMs;
      if (before && before.isStale === topic.isStale && (!topic.isStale || before.lastMs === lastMs))
        continue;
      this.#freshness.set(name, topic.isStale ? { isStale: true, lastMs } : FRESH);
      isNew = true;
    }
    return isNew;
  }
}

function finalWords(code: number | null, reason: string): string {
  if (code === CloseCode.NOT_SIGNED_IN) return reason || "Sign in to see the plant.";
  if (code === CloseCode.FORBIDDEN) return reason || "You may not see this plant.";
  return "Closed.";
}

export function openLive(url: URL): SocketLike {
  return new WebSocket(url, SUBPROTOCOL);
}

const browserPage: PageLike = {
  isHidden: () => document.visibilityState === "hidden",
  listen(onVisibility, onOnline) {
    document.addEventListener("visibilitychange", onVisibility);
    window.addEventListener("online", onOnline);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      window.removeEventListener("online", onOnline);
    };
  },
};

function unreachable(effect: never): never {
  throw new TypeError(`expected an effect of the link, but got ${JSON.stringify(effect)}`);
}
