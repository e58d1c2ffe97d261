// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, expect, test, vi } from "vitest";
import type { Machine } from "../../contract/plant.ts";
import { clockOf, type Value } from "../../format/index.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, PLANT, RUNNING } from "../../testing/mount.tsx";
import { PlantContext } from "../plant/plantContext.ts";
import { MachineView } from "./MachineView.tsx";

/** A time from yesterday is shown with its date. */
const NOON = Date.UTC(2026, 0, 15, 12) / 1000;

afterEach(() => vi.useRealTimers());

const SENTENCES = {
  time: "This machine tells no time of its own: times are those of the reading.",
  quality: "This machine does not tell how good its values are: they are as good as the contact to it.",
  refusal: "This machine does not refuse targets: one that it does not take stays without confirmation.",
};

function show(tells: Machine["tells"], record: Record<string, Value> = RUNNING): void {
  const machines = new Map([...PLANT.machines].map(([key, machine]) => [key, { ...machine, tells }]));
  mount(
    <PlantContext value={{ plant: { ...PLANT, machines }, clock: clockOf("UTC") }}>
      <MachineView machine="m_401" />
    </PlantContext>,
    { m_401: record },
  );
}

const notes = () =>
  Object.entries(SENTENCES).flatMap(([what, text]) => (screen.queryByText(text) ? [what] : []));

test.each([
  ["OPC UA", ["time", "quality", "refusal"], []],
  ["Sparkplug B", ["time", "quality"], ["refusal"]],
  ["Modbus", ["refusal"], ["time", "quality"]],
] as const)("the page of a machine behind %s says what it cannot report", (_, tells, missing) => {
  show([...tells]);
  expect(notes()).toEqual(missing);
});

test("a reason that ends with a question has no full stop behind it", () => {
  show(null, { ...RUNNING, quality: "STALE", qualityReason: "It does not answer; is it on?" });
  expect(screen.getByText(/does not answer/).textContent).toContain(": It does not answer; is it on? ");
});

test("if a source does not say what its machines can report, the page claims nothing", () => {
  show(null);
  expect(notes()).toEqual([]);
});

test.each([
  ["since when", {}, /^FAULTsince [\d:]{8}, \d+\D+$/],
  [
    "that its first status may have begun earlier",
    { sinceSeen: true },
    /^FAULTsince [\d:]{8} or earlier, ≥ \d+\D+$/,
  ],
  [
    "that it was in its status before a gap in contact already",
    { sinceSeen: true, sinceEarlier: 1_000 },
    /^FAULTsince [\d:]{8} or earlier \(already at 1 Jan [\d:]{8}\), ≥ \d+\D+$/,
  ],
] as const)("the page of a machine says %s (TOPIC-1, TOPIC-2)", (_, known, expected) => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOON * 1000 });
  show(null, { ...RUNNING, status: "FAULT", since: NOON - 3_600, ...known });
  const words = document.querySelector(".machine-status")?.textContent?.replace("■", "").trim();
  expect(words).toMatch(expected);
});

const DASHBOARD = ["dashboard:global"];

function Later() {
  const [isOpen, setOpen] = useState(false);
  useTopics(DASHBOARD);
  return isOpen ? <MachineView machine="m_401" /> : <button type="button" onClick={() => setOpen(true)} />;
}

test("a stopped machine is not called stale while its own topic has not arrived", () => {
  const wire = mount(<Later />);
  wire.report({ m_401: { status: "FAULT", quality: "GOOD", since: 1 } });
  wire.send = () => {};
  fireEvent.click(screen.getByRole("button"));
  expect(screen.getByText("FAULT", { exact: false })).toBeTruthy();
  expect(screen.getByText("Nothing was received yet.").className).toContain("quiet");
  expect(document.body.textContent).not.toContain("Stale");
});
