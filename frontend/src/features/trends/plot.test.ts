import { describe, expect, test } from "vitest";
import type { HistoryAnswer } from "./fetchHistory.ts";
import { plotOf, rowsOf, withLive } from "./plot.ts";

function answer(mean: (number | null)[], from = 0): HistoryAnswer {
  const at = mean.map((_, place) => from + place * 10);
  const speed = { signal: "m_401.speed", machine: "m_401", field: "speed", unit: "rpm" };
  return {
    since: from,
    until: from + mean.length * 10,
    resolution: "points",
    signals: [
      { ...speed, at, mean, min: mean, max: mean },
      { ...speed, signal: "m_401.mode", field: "mode", at: [0] },
    ],
    states: [],
    changes: [],
  };
}

describe("the plot", () => {
  test("draws numbers as lines and not texts, and the day before on today's axis", () => {
    const plot = plotOf(answer([1, null, 3], 86_400), answer([4, 5, 6]));
    expect(plot.at).toEqual([86_400, 86_410, 86_420]);
    expect(plot.lines.map((line) => [line.key, line.mean])).toEqual([
      ["m_401.speed", [1, null, 3]],
      ["m_401.speed@yesterday", [4, 5, 6]],
    ]);
  });

  test("appends reports after the answer, and a value lasts until the next", () => {
    const samples = [
      { at: 20, machine: "m_401", values: { speed: 9 } },
      { at: 26, machine: "m_401", values: { speed: 7 } },
      { at: 27, machine: "m_402", values: { speed: 99 } },
      { at: 28, machine: "m_401", values: { speed: null } },
    ];
    const live = withLive(plotOf(answer([1, 2, null, null]), answer([4, 5, 6, 7])), samples, 15);
    expect(live.at).toEqual([0, 10, 20, 26, 27, 28]);
    expect(live.lines[0]?.mean).toEqual([1, 2, 9, 7, 7, null]);
    expect(live.lines[1]?.mean).toEqual([4, 5, 6, 6, 6, 6]);
  });

  test("stays the same object if nothing is new", () => {
    const plot = plotOf(answer([1]), null);
    expect(withLive(plot, [{ at: 5, machine: "m_401", values: {} }], 5)).toBe(plot);
  });

  test("bounds the number of rows of a table", () => {
    const plot = plotOf(answer(Array.from({ length: 100 }, (_, place) => place)), null);
    const rows = rowsOf(plot, 30);
    expect(rows).toHaveLength(25);
    expect(rows[1]).toEqual({ at: 40, values: [4] });
  });
});
