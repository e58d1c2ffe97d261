/** Time limits of tests that wait for something. See `setpoint.testing.patience`. */
import { cpus, loadavg } from "node:os";

/** A wait of a second may take longer on a busy machine. */
const AT_LEAST_MS = 10_000;

/**
 * Returns `ms` on a quiet machine, and at least `AT_LEAST_MS`. Returns five times as much if four processes wait for
 * each core.
 */
export function patient(ms: number): number {
  return Math.max(ms, AT_LEAST_MS) * (1 + (loadavg()[0] ?? 0) / cpus().length);
}
