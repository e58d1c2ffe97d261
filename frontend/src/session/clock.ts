/**
 * Monotonic milliseconds that continue while the computer sleeps.
 *
 * `performance.now()` stands still while most systems sleep, but the wall clock does not. So if the wall clock ran
 * ahead by more than two seconds between two calls, the computer slept. If somebody set the clock forward instead, that
 * is treated alike: everything that waits is due, and is requested again. The clock never goes back.
 */
const SLEPT_MS = 2_000;

export class Clock {
  #steadyMs = performance.now();
  #wallMs = Date.now();
  /** All sleep so far: how far `now` is ahead of `performance.now()`. */
  sleptMs = 0;

  /** Compares both clocks; returns whether the computer slept since the last call. */
  look(): boolean {
    const steadyMs = performance.now();
    const wallMs = Date.now();
    const aheadMs = wallMs - this.#wallMs - (steadyMs - this.#steadyMs);
    this.#steadyMs = steadyMs;
    this.#wallMs = wallMs;
    if (aheadMs < SLEPT_MS) return false;
    this.sleptMs += aheadMs;
    return true;
  }

  now(): number {
    return performance.now() + this.sleptMs;
  }
}
