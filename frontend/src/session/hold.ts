/** Why nothing may be committed now: a commit on a connection that is not live could be carried out much later. */
import type { ConnectionState } from "../link/index.ts";

const WHY: { readonly [state in ConnectionState]: string | null } = {
  CONNECTED: null,
  CONNECTING: "The board is connecting.",
  STALE: "The server is silent.",
  DISCONNECTED: "There is no connection to the server.",
};

/** A sentence for people; null while the connection is live. */
export function linkHoldOf(state: ConnectionState): string | null {
  const why = WHY[state];
  return why && `${why} Nothing is sent until it is live again; what you typed is kept.`;
}
