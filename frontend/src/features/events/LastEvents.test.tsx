// @vitest-environment happy-dom
import { act } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { LastEvents } from "./LastEvents.tsx";

afterEach(() => void vi.useRealTimers());

const TOPICS = ["m:401"];

function Panel() {
  useTopics(TOPICS);
  return <LastEvents of={{ machine: "m_401" }} />;
}

const conflict = {
  txId: "t1",
  machine: "m_401",
  field: "targetSpeed",
  outcome: "conflict",
  rev: 2,
  by: { kind: "operator", name: "ben" },
};

test.each([
  ["a stop", { m_401: { status: "FAULT" } }, {}],
  ["a conflict", {}, { tx: [conflict] }],
])(
  "%s is listed as soon as the server has stored it, not only at the next poll (EVT-2)",
  async (_, machines, more) => {
    vi.useFakeTimers();
    let requests = 0;
    const events = () => {
      requests += 1;
      return { items: [] };
    };
    const wire = mount(<Panel />, { m_401: RUNNING }, { "/api/events": events });
    const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
    await pass(2_000);
    const before = requests;
    wire.report(machines, more);
    await pass(1_000);
    expect(requests).toBe(before);
    await pass(500);
    expect(requests).toBe(before + 1);
  },
);
