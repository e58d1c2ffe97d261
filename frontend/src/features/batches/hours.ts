import { nowMs } from "../../format/times.ts";

/** The periods of a list, and their texts. */
export const HOURS: readonly (readonly [value: string, text: string])[] = [
  ["", "hours-any"],
  ["1", "hours-1"],
  ["24", "hours-24"],
  ["168", "hours-168"],
];

/** The Unix seconds of that many hours ago, as text; empty for any time. */
export function sinceHours(hours: string): string {
  return hours ? String(Math.floor(nowMs() / 1000) - Number(hours) * 3600) : "";
}
