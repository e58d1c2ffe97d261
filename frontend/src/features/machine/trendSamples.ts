/**
 * The samples of a trend: those that the server stored, joined with those that arrive live.
 *
 * A value holds until the next sample. A sample without values is a gap, because contact was lost or nothing was read.
 */
import type { Story } from "../../session/batches.ts";
import type { Trend } from "./fetchTrend.ts";

export interface Sample {
  readonly atMs: number;
  readonly actual: number | null;
  readonly setPoint: number | null;
}

/** The server's samples in this page's clock: `nowMs` is when they came. */
export function samplesOf(trend: Trend, actual: string, setPoint: string | null, nowMs: number): Sample[] {
  const actuals = trend.values[actual];
  const setPoints = setPoint === null ? undefined : trend.values[setPoint];
  return trend.at.map((at, index) => ({
    atMs: nowMs - (trend.ts - at) * 1000,
    actual: actuals?.[index] ?? null,
    setPoint: setPoints?.[index] ?? null,
  }));
}

/** The server's word up to when it came, the page's own from then on; without the server's, all of the page's own. */
export function joined(past: readonly Sample[], pastMs: number, own: readonly Sample[]): Sample[] {
  return past.length ? [...past, ...own.filter((sample) => sample.atMs > pastMs)] : [...own];
}

/** The samples from `fromMs` on, begun by what held then. */
export function since(samples: readonly Sample[], fromMs: number): readonly Sample[] {
  const first = samples.findIndex((sample) => sample.atMs >= fromMs);
  const before = samples[(first < 0 ? samples.length : first) - 1];
  const rest = first < 0 ? [] : samples.slice(first);
  return before ? [{ ...before, atMs: fromMs }, ...rest] : rest;
}

/** A machine takes a target within seconds of the commit; the two clocks may differ a little. */
const TAKES_MS = 30_000;
const CLOCKS_MS = 2_000;

/** Who asked for the set-point that a machine reports since `atMs`; null if none of the stories tells of it. */
export function askedBy(
  stories: readonly Story[],
  machine: string,
  field: string,
  { atMs, setPoint }: Sample,
): string | null {
  const story = stories.find(({ at, results }) => {
    const sinceMs = atMs - at * 1000;
    return (
      sinceMs >= -CLOCKS_MS &&
      sinceMs <= TAKES_MS &&
      results.some(
        (result) => result.machine === machine && result.field === field && result.asked === setPoint,
      )
    );
  });
  return story?.person ?? null;
}
