/**
 * The events of a link, and the effects that its shell carries out. Twin of `src/setpoint/core/link/events.py`.
 *
 * `jitter` is a fresh random number in [0, 1). Every event that can lead to a wait before the next attempt has one
 * (LINK-2), because the core itself makes no random numbers.
 */
import type { Delta, Down, Hello, Snapshot, Up } from "../contract/index.ts";
import type { ConnectionState } from "./states.ts";

/**
 * `start`: a person wants the connection now; in any state with a socket: nothing. `stop`: the connection is no
 * longer wanted; topics stay, for the next `start`. `closed`: the socket is closed, or could not be opened (1006).
 * `wake`: the instant of the last `scheduleAt` has come; early or late does no harm. `pageHidden`: nobody can look at
 * the page (`visibilitychange`). `pageShown`: somebody can look at the page again.
 */
export type Event =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  | { readonly type: "received"; readonly socket: number; readonly frame: Down }
  | {
      readonly type: "closed";
      readonly socket: number;
      readonly jitter: number;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly type: "wantTopic"; readonly topic: string }
  | { readonly type: "dropTopic"; readonly topic: string }
  | { readonly type: "pageHidden" }
  | { readonly type: "pageShown"; readonly jitter: number }
  | { readonly type: "wake"; readonly jitter: number };

/**
 * `connect`: open a socket now; everything from it comes back under this number. `drop`: close that socket without
 * waiting; later input from it is ignored. `deliver`: for the store; every delta follows the frame delivered before it
 * (SEQ-2). `refetch`: the connection is a new one: ask for every outstanding batch by its txId (SEQ-5). `refused`: the
 * server refused a frame; `topic` if it was a subscription. `notify`: the connection changed to this state.
 * `notifyTopic`: a topic's values must not look live any more, or may again. `scheduleAt`: send `wake` at this instant;
 * replaces the one before, there is one timer; null: no timer.
 */
export type Effect =
  | { readonly type: "connect"; readonly socket: number }
  | { readonly type: "sendFrame"; readonly frame: Up }
  | { readonly type: "drop"; readonly socket: number }
  | { readonly type: "deliver"; readonly frame: Hello | Snapshot | Delta }
  | { readonly type: "gapFound"; readonly topic: string }
  | { readonly type: "refetch" }
  | {
      readonly type: "refused";
      readonly code: string;
      readonly message: string;
      readonly topic: string | null;
    }
  | { readonly type: "notify"; readonly state: ConnectionState }
  | { readonly type: "notifyTopic"; readonly topic: string; readonly isStale: boolean }
  | { readonly type: "scheduleAt"; readonly atMs: number | null };

/** The shell made an impossible call; nothing has changed. */
export class LinkMisuse extends Error {
  override readonly name = "LinkMisuse";
  readonly code: "illegal_transition" | "no_topic";

  constructor(code: LinkMisuse["code"], message: string) {
    super(message);
    this.code = code;
  }
}
