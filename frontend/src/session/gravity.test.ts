import { expect, test } from "vitest";
import type { Concern } from "./concerns.ts";
import { byGravity } from "./gravity.ts";

const concern = (machine: string, status: string, since: number, more: Partial<Concern> = {}): Concern => ({
  machine,
  status,
  since,
  sinceSeen: false,
  sinceEarlier: null,
  quality: "GOOD",
  seen: null,
  isCritical: true,
  ...more,
});
const doubt = (machine: string, quality: string, seen: number) =>
  concern(machine, "RUNNING", 0, { quality, seen, isCritical: false });

test("a stop does not count as new because its machine was silent for a while (TOPIC-2)", () => {
  const old = concern("m_1", "FAULT", 95, { sinceSeen: true, sinceEarlier: 10 });
  const newer = concern("m_2", "FAULT", 50);
  expect([old, newer].sort(byGravity)).toEqual([newer, old]);
});

test("the worst status comes first, then the newest, then the machine's key", () => {
  const order = [
    concern("m_1", "EMERGENCY_STOP", 50),
    concern("m_2", "EMERGENCY_STOP", 10),
    concern("m_3", "SAFETY_INTERLOCK", 90),
    concern("m_4", "FAULT", 95),
    concern("m_5", "MAINTENANCE_LOCK", 99),
    doubt("m_6", "OFFLINE", 99),
    doubt("m_7", "STALE", 99),
    doubt("m_8", "STALE", 99),
  ];
  const shuffled = [7, 2, 5, 0, 3, 6, 1, 4].flatMap((index) => order[index] ?? []);
  expect(shuffled.sort(byGravity).map(({ machine }) => machine)).toEqual(order.map(({ machine }) => machine));
});
