/**
 * How long to wait before the next attempt (LINK-2). Twin of `src/setpoint/core/link/backoff.py`.
 *
 * The specification's steps, 0, 2, 5, 10, 30 s, are caps: a fleet that lost one server at one instant must not come
 * back in lockstep. The first attempt waits at most half a second, every other between half its cap and its cap.
 */
export const FIRST_CAP_MS = 500;
export const CAPS_MS = [2_000, 5_000, 10_000, 30_000] as const;

/** The wait before an attempt, counted from 0, with `jitter` in [0, 1). */
export function waitMs(attempt: number, jitter: number): number {
  if (attempt === 0) return Math.floor(FIRST_CAP_MS * jitter);
  const half = (CAPS_MS[attempt - 1] ?? 30_000) / 2;
  return half + Math.floor(half * jitter);
}
