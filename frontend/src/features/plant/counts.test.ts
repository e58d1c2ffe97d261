import { expect, test } from "vitest";
import type { Concern, Concerns } from "../../session/concerns.ts";
import { countsFromFigures } from "./counts.ts";

const concern = (machine: string, status: string, quality: string, isCritical: boolean): Concern => ({
  machine,
  status,
  quality,
  isCritical,
  since: null,
  sinceSeen: false,
  sinceEarlier: null,
  seen: null,
});
const STOP = concern("m_1", "FAULT", "GOOD", true);
const CONCERNS: Concerns = {
  critical: [STOP],
  doubtful: [
    STOP,
    concern("m_2", "RUNNING", "STALE", false), // counted as running by the server
    concern("m_3", "RUNNING", "OFFLINE", false), // not counted as running
  ],
  pending: [],
  conflicts: [],
  byLine: new Map(),
};

test("each machine is counted once, and the counts add up to all machines", () => {
  const counts = countsFromFigures({ machines: 10, running: 6 }, CONCERNS, () => true);
  expect(counts).toEqual({ critical: 1, doubtful: 2, idle: 2, running: 5, waiting: 0 });
});

test("a machine that has just stopped is not also counted as running", () => {
  const counts = countsFromFigures({ machines: 3, running: 3 }, { ...CONCERNS, doubtful: [] }, () => true);
  expect(counts).toEqual({ critical: 1, doubtful: 0, idle: 0, running: 2, waiting: 0 });
});

test("nothing is counted before the figures have arrived", () => {
  expect(countsFromFigures(undefined, CONCERNS, () => true)).toBeNull();
  expect(countsFromFigures({ machines: 10, running: null }, CONCERNS, () => true)).toBeNull();
});
