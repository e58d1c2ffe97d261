import { expect, test } from "vitest";
import { conditionOf } from "../../session/conditions.ts";
import { NOT_RUNNING, passes } from "./filter.ts";

const condition = (status: string, quality = "GOOD") =>
  conditionOf("m_1", { status, quality, since: null }, false);

test("a machine does not run while it is idle, stopped or out of contact", () => {
  const none = [condition("IDLE"), condition("EMERGENCY_STOP"), condition("RUNNING", "OFFLINE")];
  expect(none.map((each) => passes(each, NOT_RUNNING))).toEqual([true, true, true]);
  expect(passes(condition("RUNNING"), NOT_RUNNING)).toBe(false);
  expect(passes(condition("RUNNING", "STALE"), NOT_RUNNING)).toBe(false);
});

test("a machine that never reported does not count as standing still", () => {
  expect(passes(conditionOf("m_1", undefined, false), NOT_RUNNING)).toBe(false);
});

test("a state's filter passes exactly the machines in that state", () => {
  const each = [condition("FAULT"), condition("RUNNING", "STALE"), condition("HELD"), condition("RUNNING")];
  expect(each.map(({ state }) => state)).toEqual(["critical", "doubtful", "idle", "running"]);
  expect(each.map((one) => passes(one, "idle"))).toEqual([false, false, true, false]);
});
