import fc from "fast-check";
import { expect, test } from "vitest";
import { examples } from "../../testing/examples.ts";
import { kindOf, pathOf, placeAt, stretchesOf, ticksOf, timesOf } from "./ribbon.ts";

const state = (since: number, until: number, status: string | null, machine = "m_1") => ({
  machine,
  since,
  until,
  status,
  quality: "GOOD",
});

test("time that nobody recorded is a stretch of its own, before, between and after others", () => {
  const found = stretchesOf(["m_1", "m_2"], [state(20, 30, "FAULT"), state(5, 10, "RUNNING")], 0, 40);
  expect(found.get("m_1")).toEqual([
    { since: 0, until: 5, status: null },
    { since: 5, until: 10, status: "RUNNING" },
    { since: 10, until: 20, status: null },
    { since: 20, until: 30, status: "FAULT" },
    { since: 30, until: 40, status: null },
  ]);
  expect(found.get("m_2")).toEqual([{ since: 0, until: 40, status: null }]);
});

test("stretches cover the whole time exactly once, and neighbours differ", () => {
  const recorded = fc.array(
    fc.tuple(
      fc.integer({ min: -20, max: 120 }),
      fc.integer({ min: 0, max: 50 }),
      fc.constantFrom("A", "B", null),
    ),
  );
  fc.assert(
    fc.property(recorded, (parts) => {
      const states = parts.map(([since, length, status]) => state(since, since + length, status));
      const stretches = stretchesOf(["m_1"], states, 0, 100).get("m_1") ?? [];
      expect(stretches[0]?.since).toBe(0);
      expect(stretches.at(-1)?.until).toBe(100);
      for (const [at, each] of stretches.entries()) {
        expect(each.until).toBeGreaterThan(each.since);
        if (at > 0) expect(each.since).toBe(stretches[at - 1]?.until);
        if (at > 0) expect(each.status).not.toBe(stretches[at - 1]?.status);
      }
    }),
    examples(200),
  );
});

test("a status is drawn by its meaning, and an unknown status is not drawn", () => {
  expect(["RUNNING", "IDLE", "FAULT", "EMERGENCY_STOP", "MAINTENANCE_LOCK", null].map(kindOf)).toEqual([
    "running",
    "idle",
    "critical",
    "critical",
    "locked",
    "unknown",
  ]);
});

test("a stop too short for the screen is drawn wide enough to be seen, and inside the ribbon", () => {
  const stretches = stretchesOf(
    "m_1".split(" "),
    [state(0, 999, "RUNNING"), state(999, 1000, "FAULT")],
    0,
    1000,
  );
  const path = pathOf(stretches.get("m_1") ?? [], "critical", { width: 100, top: 0, height: 10, least: 2 });
  expect(path).toBe("M98.00 0h2.00v10h-2.00z");
});

test("an instant has its stretch, times are summed, and an axis has few round ticks", () => {
  const stretches = stretchesOf(["m_1"], [state(0, 10, "A"), state(10, 15, "B"), state(15, 30, "A")], 0, 30);
  const found = stretches.get("m_1") ?? [];
  expect([placeAt(found, 0), placeAt(found, 10), placeAt(found, 30)]).toEqual([0, 1, 2]);
  expect(timesOf(found)).toEqual([
    ["A", 25],
    ["B", 5],
  ]);
  expect(ticksOf(100, 28_900)).toEqual([3600, 7200, 10_800, 14_400, 18_000, 21_600, 25_200, 28_800]);
});
