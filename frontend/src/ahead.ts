/**
 * The page's socket, opened while the plant is still being read: both take a round trip, and the page draws in between.
 * What comes before the session takes it over is kept for the session.
 */
import type { SocketLike } from "./session/connection.ts";

/** An older one is given up: the time in its `hello` is too old, and its server may have waited for a pong. */
const GOOD_FOR_MS = 2_000;
const OPEN = 1;

/** Opens a socket now. The returned function gives it to the first caller, and a new one to everybody after that. */
export function openAhead(open: () => SocketLike): () => SocketLike {
  const atMs = performance.now();
  const kept: MessageEvent[] = [];
  let socket: SocketLike | null = open();
  socket.onmessage = (message) => kept.push(message);
  return () => {
    const ahead = socket;
    socket = null;
    if (!ahead) return open();
    ahead.onmessage = null;
    if (ahead.readyState > OPEN || performance.now() - atMs > GOOD_FOR_MS) {
      ahead.close();
      return open();
    }
    // After the caller has set its listeners, and before the browser brings anything else.
    queueMicrotask(() => {
      for (const message of kept) ahead.onmessage?.call(ahead as WebSocket, message);
    });
    return ahead;
  };
}
