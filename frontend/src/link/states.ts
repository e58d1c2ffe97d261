/**
 * The state of one client's connection: a record for each state, with only the data that is valid in it (LINK-1).
 * Twin of `src/setpoint/core/link/states.py`.
 *
 *     CONNECTING ──every subscription acknowledged──▸ CONNECTED ⇄ STALE     silent for `staleAfterMs` (HB-2)
 *         ▲  ╲                                             │        │
 *         │   ╰───────────── socket lost ──────────────────┴────────╯──▸ DISCONNECTED
 *         ╰──────────────────────── the back-off's wait is over ──────────────╯
 *
 * A topic that is subscribed later, or again after a gap, does not make the connection CONNECTING again: only that
 * topic shows as stale until it has caught up (SEQ-2). `socket` numbers the sockets, so that late frames of a dropped
 * socket are recognised. All instants are monotonic milliseconds.
 */
import { CADENCE_MS, type Position, topicKind } from "../contract/index.ts";

/** The link gives up a socket that has not sent `hello` by then. */
export const CONNECT_WITHIN_MS = 10_000;

/** HB-2: a ping is due every 5 s, and 1 s of jitter is forgiven. A `hello` may say otherwise, within bounds. */
export const STALE_AFTER_MS = 6_000;
export const LEAST_STALE_AFTER_MS = 1_000;
export const MOST_STALE_AFTER_MS = 60_000;

/** HB-2: after this time as STALE the socket is dropped. */
export const STALE_FOR_MS = 10_000;

/** LINK-3: after this time as a hidden page the session is paused. */
export const PAUSE_AFTER_MS = 10_000;

/** LINK-2: a connection that was CONNECTED for this time proves that the server is well. */
export const BACKOFF_RESTARTS_AFTER_MS = 30_000;

/** No socket. `retryAtMs` null: not before a person acts (or before the first `start`). */
export interface Disconnected {
  readonly type: "DISCONNECTED";
  readonly sinceMs: number;
  readonly retryAtMs: number | null;
  readonly code: number | null;
  readonly reason: string;
}

/** A socket was requested. `heardAtMs` is null until it has sent `hello`. */
export interface Connecting {
  readonly type: "CONNECTING";
  readonly socket: number;
  readonly sinceMs: number;
  readonly heardAtMs: number | null;
}

/** Open, and every subscription was acknowledged. */
export interface Connected {
  readonly type: "CONNECTED";
  readonly socket: number;
  readonly sinceMs: number;
  readonly heardAtMs: number;
}

/** Open, but silent for longer than a heartbeat may take. */
export interface Stale {
  readonly type: "STALE";
  readonly socket: number;
  readonly heardAtMs: number;
}

export type Connection = Disconnected | Connecting | Connected | Stale;

/** The specification's name of a state, which people see. */
export type ConnectionState = Connection["type"];

/** `paused`: the server knows that nobody looks; only the heartbeat and the plant's topic go on (LINK-3). */
export type Page =
  | { readonly type: "shown" }
  | { readonly type: "hidden"; readonly sinceMs: number }
  | { readonly type: "paused"; readonly sinceMs: number };

/**
 * One topic that is wanted.
 *
 * `position` is what the store has, `head` the highest seq that the server is known to have reached since it was last
 * asked (null: it has not sent one), `pendingId` the subscription that awaits its `ack`, `refusal` the code of the server's
 * refusal. `isStale`: its values must not look live (SEQ-2, HB-3).
 */
export interface Topic {
  readonly position: Position | null;
  readonly head: number | null;
  readonly pendingId: number | null;
  readonly heardAtMs: number | null;
  readonly isStale: boolean;
  readonly refusal: string | null;
}

export const NEW_TOPIC: Topic = {
  position: null,
  head: null,
  pendingId: null,
  heardAtMs: null,
  isStale: true,
  refusal: null,
};

/** Whether everything that the server is known to have sent of the topic has been delivered. */
export function isCaughtUp({ pendingId, position, head }: Topic): boolean {
  return pendingId === null && position !== null && head !== null && position.seq >= head;
}

/**
 * The whole state of one client's connection.
 *
 * `epoch` is the server's, from the last `hello`. `attempt` counts the waits since the back-off restarted, `sockets` all
 * sockets asked for (the last one's number), `gaps` all gaps found. `wakeAtMs` is the earliest instant at which time
 * alone may change something; never later, sometimes earlier.
 */
export interface Link {
  readonly connection: Connection;
  readonly topics: ReadonlyMap<string, Topic>;
  readonly page: Page;
  readonly epoch: string | null;
  readonly staleAfterMs: number;
  readonly attempt: number;
  readonly sockets: number;
  readonly gaps: number;
  readonly nextId: number;
  readonly wakeAtMs: number | null;
  readonly isKiosk: boolean;
}

export function newLink({ isKiosk = false }: { isKiosk?: boolean } = {}): Link {
  return {
    connection: { type: "DISCONNECTED", sinceMs: 0, retryAtMs: null, code: null, reason: "" },
    topics: new Map(),
    page: { type: "shown" },
    epoch: null,
    staleAfterMs: STALE_AFTER_MS,
    attempt: 0,
    sockets: 0,
    gaps: 0,
    nextId: 1,
    wakeAtMs: null,
    isKiosk,
  };
}

/** HB-3: how long a topic may go without a delta and without a matching `pos`. */
export function staleLimitMs(topic: string): number {
  const kind = topicKind(topic);
  return kind ? Math.max(3 * CADENCE_MS[kind], 6_000) : 6_000;
}

/** The earliest instant at which time alone changes `link`; null if it never does. */
export function nextDeadline(link: Link): number | null {
  const { connection, page } = link;
  if (connection.type === "DISCONNECTED") return connection.retryAtMs;
  if (connection.type === "CONNECTING" && connection.heardAtMs === null) {
    return connection.sinceMs + CONNECT_WITHIN_MS;
  }
  const silenceMs = link.staleAfterMs + (connection.type === "STALE" ? STALE_FOR_MS : 0);
  let deadline = (connection.heardAtMs ?? 0) + silenceMs;
  if (page.type === "hidden") deadline = Math.min(deadline, page.sinceMs + PAUSE_AFTER_MS);
  for (const [name, topic] of link.topics) {
    if (!topic.isStale && topic.heardAtMs !== null) {
      deadline = Math.min(deadline, topic.heardAtMs + staleLimitMs(name));
    }
  }
  return deadline;
}
