/**
 * The number of a line's machines in each state, also if only the plant's topic has them.
 *
 * Figures come with the cadence of their topic, and stops at once. So a machine that has just stopped may still be
 * counted as running in the figures; here it is not.
 */

import type { Concerns } from "../../session/concerns.ts";
import type { StateCounts } from "../../session/conditions.ts";

type Figures = Readonly<Record<string, unknown>> | undefined;

/**
 * The plant's topic has every machine that is critical or not surely live, and for each line the number of machines and
 * of running ones. The rest do not run. Null until the topic has arrived.
 */
export function countsFromFigures(
  kpis: Figures,
  concerns: Concerns,
  isHere: (machine: string) => boolean,
): StateCounts | null {
  const { machines, running } = kpis ?? {};
  if (typeof machines !== "number" || typeof running !== "number") return null;
  const critical = new Set(
    concerns.critical.filter(({ machine }) => isHere(machine)).map(({ machine }) => machine),
  );
  const doubtful = concerns.doubtful.filter(({ machine }) => isHere(machine) && !critical.has(machine));
  const runsInDoubt = doubtful.filter(
    ({ status, quality }) => status === "RUNNING" && quality !== "OFFLINE" && quality !== "NEVER_SEEN",
  );
  const others = Math.max(0, machines - critical.size - doubtful.length);
  const surelyRunning = Math.min(others, Math.max(0, running - runsInDoubt.length));
  const idle = others - surelyRunning;
  return { critical: critical.size, doubtful: doubtful.length, idle, running: surelyRunning, waiting: 0 };
}

/** `7` of `8`: how many machines run, and how many there are, while `critical` of them are stopped. Null if not known. */
export function runningOf(kpis: Figures, critical: number): readonly [number, number] | null {
  const { machines, running } = kpis ?? {};
  if (typeof machines !== "number" || typeof running !== "number") return null;
  return [Math.min(running, Math.max(0, machines - critical)), machines];
}

/** How many machines are not known to run, while `critical` of them are stopped; null while that is not known. */
export function notRunning(kpis: Figures, critical: number): number | null {
  const run = runningOf(kpis, critical);
  return run && run[1] - run[0];
}
