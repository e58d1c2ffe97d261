import { describe, expect, test } from "vitest";
import { bounded, endsOf, moved, readView, spanText, zoomed } from "./trendView.ts";

const NOW = 1_764_320_000;

describe("the address of a chart", () => {
  test("means the last ten minutes, live, if it has no parameters", () => {
    expect(readView("", "", "")).toEqual({ span: { kind: "live", seconds: 600 }, added: [], versus: "" });
  });

  test("ignores parameters that mean nothing", () => {
    const view = readView("5..1", "m_401.speed,x,m_401.speed,javascript:1,m_402.temp", "m_?");
    expect(view.span).toEqual({ kind: "live", seconds: 600 });
    expect(view.added).toEqual(["m_401.speed", "m_402.temp"]);
    expect(view.versus).toBe("");
  });

  test("reads back the span that it wrote", () => {
    for (const span of [
      { kind: "live", seconds: 28_800 } as const,
      { kind: "fixed", from: NOW - 500.5, to: NOW } as const,
    ]) {
      expect(readView(spanText(span), "", "").span).toEqual(span);
    }
  });

  test("keeps the instant under the pointer in place when zooming", () => {
    const span = { kind: "fixed", from: NOW - 1_000, to: NOW } as const;
    const { from, to } = endsOf(zoomed(span, 0.5, NOW - 250, NOW), NOW);
    expect((NOW - 250 - from) / (to - from)).toBeCloseTo(0.75);
    expect(to - from).toBeCloseTo(500);
  });

  test("ends now when moved beyond now, and is live again if the length has a name", () => {
    expect(moved({ kind: "fixed", from: NOW - 700, to: NOW - 100 }, 0.5, NOW)).toEqual({
      kind: "live",
      seconds: 600,
    });
    expect(moved({ kind: "live", seconds: 600 }, -0.1, NOW)).toEqual({
      kind: "fixed",
      from: NOW - 660,
      to: NOW - 60,
    });
    expect(moved({ kind: "fixed", from: NOW - 123, to: NOW }, 0.5, NOW)).toEqual({
      kind: "fixed",
      from: NOW - 123,
      to: NOW,
    });
  });

  test("never covers less than ten seconds", () => {
    const { from, to } = endsOf(bounded(NOW, NOW + 1), NOW);
    expect(to - from).toBe(10);
  });
});
