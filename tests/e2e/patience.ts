/** How long a test waits before it says that something never happened: see `setpoint.testing.patience`. */
import { cpus, loadavg } from "node:os";

/** `ms` on a quiet machine; five times as many where four processes wait for each core. */
export function patient(ms: number): number {
  return ms * (1 + (loadavg()[0] ?? 0) / cpus().length);
}
