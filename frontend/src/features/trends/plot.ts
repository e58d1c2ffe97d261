/**
 * The data of a chart, from the server's answer and later live values: one time axis, and for each signal the mean of
 * each interval with its lowest and highest. Unknown time is a gap.
 */
import type { HistoryAnswer, SignalHistory } from "./fetchHistory.ts";

export interface Line {
  /** `m_401.speed`; of a day before with `@yesterday` behind it. */
  readonly key: string;
  readonly machine: string;
  readonly field: string;
  readonly unit: string;
  readonly isBefore: boolean;
  readonly mean: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export interface Plot {
  readonly at: readonly number[];
  readonly lines: readonly Line[];
}

/** A live report of a machine: one instant, and the numbers of its fields by name. */
export interface LiveSample {
  readonly at: number;
  readonly machine: string;
  readonly values: Readonly<Record<string, number | null>>;
}

/** An answer as a plot; `before` is the answer of the same time a day earlier. */
export function plotOf(answer: HistoryAnswer, before: HistoryAnswer | null): Plot {
  const today = answer.signals.flatMap((signal) => lineOf(signal, false) ?? []);
  const then = before?.signals.flatMap((signal) => lineOf(signal, true) ?? []) ?? [];
  const at = answer.signals.find((signal) => signal.mean)?.at ?? [];
  return { at, lines: [...today, ...then].filter((line) => line.mean.length === at.length) };
}

function lineOf(signal: SignalHistory, isBefore: boolean): Line | null {
  const { mean, min, max, machine, field, unit } = signal;
  if (!mean || !min || !max) return null;
  const key = isBefore ? `${signal.signal}@yesterday` : signal.signal;
  return { key, machine, field, unit, isBefore, mean, low: min, high: max };
}

/** The plot with the live values since the answer; a value holds until the next one of its machine. */
export function withLive(plot: Plot, samples: readonly LiveSample[], answeredAt: number): Plot {
  const later = samples.filter((sample) => sample.at > answeredAt);
  if (later.length === 0) return plot;
  // An interval is drawn at its beginning. An unfinished interval has the values that were known at the answer.
  const kept = plot.at.findIndex((at) => at > answeredAt);
  const until = kept < 0 ? plot.at.length : kept;
  const lines = plot.lines.map((line) => {
    if (line.isBefore) return line;
    let holds = lastKnown(line.mean, until);
    const live = later.map((sample) => {
      if (sample.machine === line.machine && line.field in sample.values)
        holds = sample.values[line.field] ?? null;
      return holds;
    });
    return {
      ...line,
      mean: [...line.mean.slice(0, until), ...live],
      low: [...line.low.slice(0, until), ...live],
      high: [...line.high.slice(0, until), ...live],
    };
  });
  const at = [...plot.at.slice(0, until), ...later.map((sample) => sample.at)];
  return { at, lines: lines.map((line) => (line.isBefore ? padded(line, plot.at, at) : line)) };
}

function lastKnown(values: readonly (number | null)[], until: number): number | null {
  return values[until - 1] ?? values[until - 2] ?? null;
}

/** A line of a day before on another axis of time: at each instant what its interval had. */
function padded(line: Line, from: readonly number[], to: readonly number[]): Line {
  let place = 0;
  const places = to.map((at) => {
    while (place + 1 < from.length && (from[place + 1] ?? Infinity) <= at) place++;
    return place;
  });
  const pick = (values: readonly (number | null)[]) => places.map((each) => values[each] ?? null);
  return { ...line, mean: pick(line.mean), low: pick(line.low), high: pick(line.high) };
}

/** At most `most` rows for a table: the time, and each line's mean at it. */
export function rowsOf(plot: Plot, most: number): { at: number; values: (number | null)[] }[] {
  const step = Math.max(1, Math.ceil(plot.at.length / most));
  const rows = [];
  for (let place = 0; place < plot.at.length; place += step) {
    rows.push({ at: plot.at[place] ?? 0, values: plot.lines.map((line) => line.mean[place] ?? null) });
  }
  return rows;
}
