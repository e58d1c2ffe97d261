/**
 * How long to wait before the next attempt (LINK-2). Twin of `src/setpoint/core/link/ladder.py`.
 *
 * The specification's ladder, 0, 2, 5, 10, 30 s, is a ladder of caps: a fleet that lost one server at one instant must
 * not come back in lockstep. The first rung waits at most half a second, every other between half its cap and its cap.
 */
export const FIRST_RUNG_MS = 500;
export const CAPS_MS = [2_000, 5_000, 10_000, 30_000] as const;

/** The wait on a rung, counted from 0, with `dice` in [0, 1). */
export function waitMs(rung: number, dice: number): number {
  if (rung === 0) return Math.floor(FIRST_RUNG_MS * dice);
  const half = (CAPS_MS[rung - 1] ?? 30_000) / 2;
  return half + Math.floor(half * dice);
}
