/** A machine's states over a time, as stretches without gaps: unrecorded time is a stretch too. */
import { isCritical } from "../../format/index.ts";
import type { StateInterval } from "../trends/fetchHistory.ts";

/** Unix seconds. `status` is null where nothing is known. */
export interface Stretch {
  readonly since: number;
  readonly until: number;
  readonly status: string | null;
}

/** How a stretch is drawn; each kind has a colour and a height of its own. */
export const KINDS = ["running", "idle", "locked", "critical"] as const;
export type Kind = (typeof KINDS)[number] | "unknown";

export function kindOf(status: string | null): Kind {
  if (status === null) return "unknown";
  if (status === "RUNNING") return "running";
  if (status === "MAINTENANCE_LOCK") return "locked";
  return isCritical(status) ? "critical" : "idle";
}

/** Each machine's stretches from `since` until `until`, in their order; neighbours never have the same status. */
export function stretchesOf(
  machines: readonly string[],
  states: readonly StateInterval[],
  since: number,
  until: number,
): ReadonlyMap<string, readonly Stretch[]> {
  const found = new Map<string, Stretch[]>(machines.map((machine) => [machine, []]));
  for (const state of [...states].sort((a, b) => a.since - b.since)) {
    const stretches = found.get(state.machine);
    if (!stretches) continue;
    const begins = Math.max(since, stretches.at(-1)?.until ?? since, state.since);
    const ends = Math.min(until, state.until);
    if (ends <= begins) continue;
    add(stretches, begins, null, since);
    add(stretches, ends, typeof state.status === "string" ? state.status : null, since);
  }
  for (const stretches of found.values()) add(stretches, until, null, since);
  return found;
}

/** Continues after the last stretch. */
function add(stretches: Stretch[], until: number, status: string | null, first: number): void {
  const last = stretches.at(-1);
  const since = last?.until ?? first;
  if (until <= since) return;
  if (last && last.status === status) stretches[stretches.length - 1] = { ...last, until };
  else stretches.push({ since, until, status });
}

/** The place of the stretch at an instant. */
export function placeAt(stretches: readonly Stretch[], at: number): number {
  const found = stretches.findIndex((stretch) => at < stretch.until);
  return found < 0 ? stretches.length - 1 : found;
}

/** Seconds by status, the longest first; null stands for unknown time. */
export function timesOf(stretches: readonly Stretch[]): readonly (readonly [string | null, number])[] {
  const seconds = new Map<string | null, number>();
  for (const { since, until, status } of stretches)
    seconds.set(status, (seconds.get(status) ?? 0) + until - since);
  return [...seconds].sort((a, b) => b[1] - a[1]);
}

/** All stretches of a kind as one path, `width` wide; a short one is drawn `least` wide, so that it can be seen. */
export function pathOf(
  stretches: readonly Stretch[],
  kind: Kind,
  { width, top, height, least }: { width: number; top: number; height: number; least: number },
): string {
  const since = stretches[0]?.since ?? 0;
  const span = (stretches.at(-1)?.until ?? 1) - since;
  return stretches
    .filter(({ status }) => kindOf(status) === kind)
    .map((stretch) => {
      const wide = Math.max(least, ((stretch.until - stretch.since) / span) * width);
      const left = Math.min(width - wide, ((stretch.since - since) / span) * width);
      return `M${left.toFixed(2)} ${top}h${wide.toFixed(2)}v${height}h${(-wide).toFixed(2)}z`;
    })
    .join("");
}

const STEPS_S = [300, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];
const MOST_TICKS = 8;

/** Instants for the axis, at round steps. */
export function ticksOf(since: number, until: number): readonly number[] {
  const step = STEPS_S.find((each) => (until - since) / each <= MOST_TICKS) ?? 86_400;
  const first = Math.ceil(since / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((until - first) / step)) }, (_, at) => first + at * step);
}
