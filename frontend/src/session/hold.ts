/** Why nothing may be committed now: a commit on a connection that is not live could be carried out much later. */
import type { ConnectionState } from "../link/index.ts";

export type Hold = Exclude<ConnectionState, "CONNECTED">;

/** The state that holds a commit back; null while the connection is live. */
export function linkHoldOf(state: ConnectionState): Hold | null {
  return state === "CONNECTED" ? null : state;
}
