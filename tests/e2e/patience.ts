/** How long a test waits before it says that something never happened: see `setpoint.testing.patience`. */
import { cpus, loadavg } from "node:os";

/** A wait of a second on one machine may take longer on another that is busy for a moment. */
const AT_LEAST_MS = 10_000;

/** `ms` on a quiet machine, and at least `AT_LEAST_MS`; five times as many if four processes wait for each core. */
export function patient(ms: number): number {
  return Math.max(ms, AT_LEAST_MS) * (1 + (loadavg()[0] ?? 0) / cpus().length);
}
