import { describe, expect, it } from "vitest";
import type { Story } from "../../session/batches.ts";
import { askedBy, joined, type Sample, samplesOf, since } from "./trendSamples.ts";

const at = (atMs: number, actual: number | null = atMs, setPoint: number | null = 100): Sample => ({
  atMs,
  actual,
  setPoint,
});

describe("what the server kept", () => {
  it("is told by this page's clock, however wrong that is", () => {
    const trend = {
      ts: 1_000,
      spanMs: 600_000,
      everyMs: 1_000,
      at: [990, 999.5],
      values: { speed: [1, null], targetSpeed: [5, 6] },
    };
    expect(samplesOf(trend, "speed", "targetSpeed", 50_000)).toEqual([
      { atMs: 40_000, actual: 1, setPoint: 5 },
      { atMs: 49_500, actual: null, setPoint: 6 },
    ]);
    expect(samplesOf(trend, "temp", null, 50_000).map((sample) => sample.actual)).toEqual([null, null]);
  });

  it("comes before what this page saw since, once", () => {
    expect(joined([at(1), at(2)], 3, [at(2), at(3), at(4)])).toEqual([at(1), at(2), at(4)]);
  });

  it("fills the gap of a page that was cut off", () => {
    const cutOff = [at(1), at(2, null, null), at(9)];
    expect(joined([at(1), at(4), at(6)], 8, cutOff)).toEqual([at(1), at(4), at(6), at(9)]);
  });

  it("may be nothing, and then this page's own is all there is", () => {
    expect(joined([], 3, [at(2), at(4)])).toEqual([at(2), at(4)]);
  });
});

describe("what is drawn", () => {
  it("begins with what held when the span began", () => {
    expect(since([at(1), at(2), at(8)], 5)).toEqual([at(5, 2), at(8)]);
    expect(since([at(1), at(2)], 5)).toEqual([at(5, 2)]);
  });

  it("begins with the first sample where there was none before", () => {
    expect(since([at(8)], 5)).toEqual([at(8)]);
    expect(since([], 5)).toEqual([]);
  });
});

describe("who asked for a set-point", () => {
  const story = (person: string, atSeconds: number, asked: number): Story => ({
    txId: person,
    status: "done",
    results: [{ machine: "m_401", field: "targetSpeed", outcome: "applied", value: asked, asked }],
    person,
    at: atSeconds,
    kind: "commit",
  });
  const stories = [story("ben", 100, 900), story("anna", 90, 800)];
  const who = (atMs: number, setPoint: number) =>
    askedBy(stories, "m_401", "targetSpeed", at(atMs, 1, setPoint));

  it("is the person whose batch asked for that value shortly before", () => {
    expect([who(101_000, 900), who(91_500, 800)]).toEqual(["ben", "anna"]);
  });

  it("is nobody we know where the value, the time, the field or the machine is another", () => {
    expect([who(101_000, 901), who(200_000, 900), who(50_000, 900)]).toEqual([null, null, null]);
    expect(askedBy(stories, "m_402", "targetSpeed", at(101_000, 1, 900))).toBeNull();
    expect(askedBy(stories, "m_401", "mode", at(101_000, 1, 900))).toBeNull();
  });
});
