/**
 * The order of problems: the most serious first, then the newest. Used by the alert bar, its list, the plant page and
 * the wall display.
 */

import { CRITICAL_OVERRIDES } from "../store/machine/types.ts";
import type { Concern } from "./concerns.ts";

/** Lost contact is more serious than a doubtful reading. */
const QUALITIES: readonly string[] = ["OFFLINE", "NEVER_SEEN", "BAD", "STALE", "UNCERTAIN"];

/** 0 is the most serious: emergency stop, interlock, fault, maintenance, then offline, stale. */
export function gravityOf({ isCritical, status, quality }: Concern): number {
  if (isCritical) return CRITICAL_OVERRIDES.indexOf(status);
  const place = QUALITIES.indexOf(quality ?? "");
  return CRITICAL_OVERRIDES.length + (place < 0 ? QUALITIES.length : place);
}

export function byGravity(a: Concern, b: Concern): number {
  return gravityOf(a) - gravityOf(b) || instantOf(b) - instantOf(a) || (a.machine < b.machine ? -1 : 1);
}

function instantOf(concern: Concern): number {
  return (concern.isCritical ? earliestOf(concern) : concern.seen) ?? 0;
}

/** When the machine was first known to have its status: a gap in contact makes no stop new. */
export function earliestOf({ since, sinceEarlier }: Concern): number | null {
  return sinceEarlier ?? since;
}

/** The statuses that keep a wall display on their line; a maintenance lock is not an alarm and does not. */
export function isAlarm({ isCritical, status }: Concern): boolean {
  return isCritical && status !== "MAINTENANCE_LOCK";
}
