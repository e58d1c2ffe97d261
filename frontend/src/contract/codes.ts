/** Close codes (CODE-1). Twin of `src/setpoint/contract/live/codes.py`. */
import { z } from "../zod.ts";

export const SUBPROTOCOL = "setpoint.v1";

/** The largest frame of a client. A larger one closes the connection with 1009 (FLOW-2). */
export const MAX_FRAME_BYTES = 64 * 1024;

export const CloseCode = {
  GOING_AWAY: 1001,
  TOO_BIG: 1009,
  RESTART: 1012,
  PROTOCOL_ERROR: 4400,
  NOT_SIGNED_IN: 4401,
  FORBIDDEN: 4403,
  NO_PONG: 4408,
  TOO_SLOW: 4429,
} as const;

/** Whether the client does not come back by itself: a person has to act (LINK-2). */
export function isFinalClose(code: number): boolean {
  return code === CloseCode.NOT_SIGNED_IN || code === CloseCode.FORBIDDEN;
}

/**
 * The longest delay that a client accepts. If the server names a longer one, the client tries again after this time.
 */
export const MOST_RETRY_AFTER_MS = 60_000;

const Retry = z.object({ retryAfterMs: z.number().nonnegative().refine(Number.isInteger) });

/** The close reason that tells a client when to come back (LINK-2); fits RFC 6455's 123 bytes. */
export function restartReason(retryAfterMs: number): string {
  return JSON.stringify({ retryAfterMs });
}

/** The delay in a close reason, at most `MOST_RETRY_AFTER_MS`; null if the reason has none that can be read. */
export function retryAfterMs(reason: string): number | null {
  try {
    return Math.min(Retry.parse(JSON.parse(reason)).retryAfterMs, MOST_RETRY_AFTER_MS);
  } catch {
    return null;
  }
}
