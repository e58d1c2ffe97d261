// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { mount } from "../../testing/mount.tsx";
import { loadLanguage, loadPages } from "../../texts/catalogue.ts";
import { MachineOees } from "./MachineOees.tsx";
import { OeeExplained } from "./OeeExplained.tsx";
import { ShiftsView } from "./ShiftsView.tsx";
import type { Oee, Report } from "./shifts.ts";

let formulas = 0;
const known = (value: number | null, why: object | null = null) => ({
  value,
  formula: `formula ${formulas++}`,
  why,
});
const WHY = { code: "cycle-missing", machines: ["m_401", "m_402"], more: 3 };
const OEE = {
  oee: known(null, WHY),
  availability: known(0.5),
  performance: known(null, WHY),
  quality: known(0.9),
  plannedBusyS: 7200,
  productionS: 3600,
  idealS: null,
  total: 100,
  good: 90,
  seconds: { production: 3600, "unplanned-down": 3600, unknown: 90 },
};
const STOP = {
  machine: "m_401",
  line: "01",
  since: 1000,
  until: 4600,
  status: "FAULT",
  cause: "motor overload",
  reason: null,
  by: null,
  text: "",
  stopSince: 1000,
  stopUntil: 4600,
};
const REPORT = {
  shift: { name: "Night", date: "2026-11-27", since: 0, until: 28_800 },
  until: 28_800,
  plant: OEE,
  lines: [{ line: "01", oee: OEE }],
  machines: [{ machine: "m_401", line: "01", oee: OEE, stops: 1, microStops: 4, unmapped: ["DANCING"] }],
  losses: [
    {
      kind: "uncategorised",
      reason: null,
      name: "Uncategorised",
      state: "unplanned-down",
      seconds: 3600,
      stops: 1,
      machines: { m_401: 3600 },
    },
  ],
  stops: [STOP],
  cut: 0,
  changes: [
    { person: "carla", batches: 1, targets: 3, outcomes: { applied: 3 }, lastAt: 50, reasons: ["hot"] },
  ],
  notes: [{ line: "01", text: "mind the guard", person: "carla", at: 60 }],
};
const SHIFTS = {
  shifts: [REPORT.shift],
  reasons: [
    { id: "technical", name: "Technical", within: null, state: "unplanned-down", isLeaf: false },
    { id: "motor", name: "Motor", within: "technical", state: "unplanned-down", isLeaf: true },
  ],
  isDefined: true,
};

beforeEach(async () => {
  window.history.replaceState(null, "", "/shifts");
  await loadPages();
});

test("a report shows each share with its inputs, and says why a share is not known", async () => {
  mount(<ShiftsView />, {}, { "/api/shifts": SHIFTS, "/api/shifts/0": REPORT });
  expect(await screen.findByRole("heading", { name: "Night shift, 27 Nov 2026" })).toBeTruthy();
  const text = (document.body.textContent ?? "").replaceAll("\u00a0", " ");
  expect(text).toContain("50.0 % = production 1 h 0 min / planned busy 2 h 0 min");
  expect(text).toContain("the ideal cycle of m:401, m:402 and 3 more is not known");
  expect(text).toContain("Not known 1 min 30 s");
  expect(text).toContain("carla: 3 targets in 1 batch (3 applied)");
  expect(text).toContain("mind the guard");
  fireEvent.click(screen.getByRole("button", { name: "m:401" }));
  expect(document.body.textContent).toContain("gives no meaning to DANCING");
});

test("a stop that still lasts has no end in the report of a shift that goes on", async () => {
  const ended = { ...STOP, since: 100, until: 700 };
  const report = { ...REPORT, until: 4600, stops: [STOP, ended] };
  mount(<ShiftsView />, {}, { "/api/shifts": SHIFTS, "/api/shifts/0": report });
  const table = (await screen.findByRole("columnheader", { name: "Until" })).closest("table");
  const ends = [...(table?.querySelectorAll("tbody td:nth-of-type(2)") ?? [])].map(
    (cell) => cell.textContent,
  );
  expect(ends.sort()).toEqual(["1 Jan 00:11:40", "still down"]);
});

test("a line counts the stops of its machines", async () => {
  const machines = ["m_401", "m_402"].map((machine) => ({ ...REPORT.machines[0], machine }));
  mount(<ShiftsView />, {}, { "/api/shifts": SHIFTS, "/api/shifts/0": { ...REPORT, machines } });
  const row = (await screen.findByRole("button", { name: "Line 01" })).closest("tr");
  const cells = [...(row?.querySelectorAll("td") ?? [])].map((cell) => cell.textContent);
  expect(cells.slice(-2)).toEqual(["2", "8"]);
});

test("on paper the machines that lost most come first, and machines without losses are counted", () => {
  const machine = (name: string, down: number) => ({
    ...{ machine: name, line: "01", stops: down && 1, microStops: 0, unmapped: [] },
    oee: { ...OEE, seconds: { ...OEE.seconds, "unplanned-down": down } } as Oee,
  });
  const machines = [machine("m_401", 0), machine("m_402", 60), machine("m_403", 0), machine("m_404", 600)];
  mount(<MachineOees report={{ ...REPORT, machines } as unknown as Report} />);
  const printed = screen
    .getAllByRole("rowheader")
    .filter((name) => !name.closest("tr")?.classList.contains("not-printed"));
  expect(printed.map((name) => name.textContent)).toEqual(["Line 01", "m:404", "m:402"]);
  expect(document.querySelector(".only-printed")?.textContent).toMatch(/^2 machines are not printed/);
});

test("a reason is assigned in two touches", async () => {
  const answers = { "/api/shifts": SHIFTS, "/api/shifts/0": REPORT, "/api/shifts/reasons": null };
  mount(<ShiftsView />, {}, answers);
  const answer = globalThis.fetch;
  const posted: unknown[] = [];
  vi.stubGlobal("fetch", async (path: string, init?: RequestInit) => {
    if (init?.method === "POST") posted.push([path, JSON.parse(String(init.body))]);
    return answer(path);
  });
  fireEvent.click(await screen.findByRole("button", { name: "Uncategorised" }));
  fireEvent.click(await screen.findByRole("button", { name: "Motor" }));
  const expected = { machine: "m_401", since: 1000, until: 4600, reason: "motor", text: "" };
  await waitFor(() => expect(posted).toEqual([["/api/shifts/reasons", expected]]));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("a plant without shifts says where they are described", async () => {
  mount(<ShiftsView />, {}, { "/api/shifts": { shifts: [], reasons: [], isDefined: false } });
  expect(await screen.findByText(/^The plant file describes no shifts/)).toBeTruthy();
});

test("a German page says in German that parts are not known", async () => {
  await loadLanguage("de");
  mount(<OeeExplained oee={{ ...OEE, good: null } as unknown as Oee} />);
  expect(screen.getByText(/gute Teile nicht bekannt \/ alle Teile 100/)).toBeTruthy();
  await loadLanguage("en");
});
