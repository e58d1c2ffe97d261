// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { loadLanguage } from "../../texts/catalogue.ts";
import { EventsView } from "./EventsView.tsx";
import { type Event, lastSeen, messageWords, noteSeen } from "./events.ts";

const stop = {
  kind: "asserted",
  machine: "m_401",
  at: 200,
  line: "01",
  status: "EMERGENCY_STOP",
  cause: "door 3",
};
const applied = {
  kind: "applied",
  machine: "m_401",
  at: 100,
  line: "01",
  field: "targetSpeed",
  value: 1500,
  person: "anna",
};

beforeEach(() => {
  localStorage.clear();
  window.history.replaceState(null, "", "/events");
});

test("events are listed with the machine, what happened and who did it", async () => {
  mount(<EventsView />, {}, { "/api/events": { items: [stop, applied] } });
  expect(await screen.findByText("stop raised")).toBeTruthy();
  expect(screen.getByText(/door 3/)).toBeTruthy();
  expect(screen.getByText("anna")).toBeTruthy();
  expect(screen.getByText("Target speed: 1,500 rpm")).toBeTruthy();
});

test("an alarm has its label, or its name if the plant file no longer has it", async () => {
  const alarm = { ...stop, kind: "alarm", status: null, cause: null, alarm: "hot", change: "raised" };
  mount(
    <EventsView />,
    {},
    {
      "/api/events": {
        items: [
          { ...alarm, label: "Motor too hot" },
          { ...alarm, at: 150 },
        ],
      },
    },
  );
  expect(await screen.findByText("Motor too hot")).toBeTruthy();
  expect(screen.getByText("hot")).toBeTruthy();
});

test("a German page says in German how a target ended, and shows a machine's own words unchanged", async () => {
  const ended = (kind: string, outcome: string, message: string): Event => ({
    ...applied,
    kind,
    outcome,
    message,
  });
  const late = ended("late_landing", "applied", "took effect late");
  const blocked = ended("not_applied", "blocked", "EMERGENCY_STOP: door 3");
  const cancelled = ended("not_applied", "cancelled", "voided by EMERGENCY_STOP");
  expect([late, blocked].map(messageWords)).toEqual(["took effect late", "EMERGENCY STOP: door 3"]);
  await loadLanguage("de");
  const withdrawn = {
    ...ended("not_applied", "cancelled", "withdrawn by anna"),
    said: { code: "words-withdrawn-by", args: { name: "anna" } },
  };
  const german = [late, blocked, cancelled, withdrawn, ended("unknown", "unknown", "no answer within 3 s")];
  const refused = ended("not_applied", "failed", "drive is locked");
  const words = [...german, refused].map(messageWords);
  await loadLanguage("en");
  expect(words).toEqual([
    "",
    "NOT-HALT: door 3",
    "voided by NOT-HALT", // from an older server, without a code
    "zurückgezogen von anna",
    "Keine Bestätigung. Die Maschine kann den Wert noch übernehmen.",
    "Nicht übernommen. Die Antwort: „drive is locked“",
  ]);
});

test("a refusal is shown in the server's words", async () => {
  mount(<EventsView />, {}, { "/api/events": new Refusal(503, "The database does not answer.") });
  expect((await screen.findByRole("alert")).textContent).toBe("The database does not answer.");
});

test("a line separates new events from those of the last visit", async () => {
  noteSeen("anna", 100);
  mount(<EventsView />, {}, { "/api/events": { items: [stop, applied] } });
  expect(await screen.findByText("You have seen what is below.")).toBeTruthy();
  await waitFor(() => expect(lastSeen("anna")).toBe(200));
  expect(lastSeen("ben")).toBe(0);
});

test("opening a filtered list does not count as a visit", async () => {
  noteSeen("anna", 100);
  window.history.replaceState(null, "", "/events?kind=stops");
  mount(<EventsView />, {}, { "/api/events": { items: [stop] } });
  expect(await screen.findByText("stop raised")).toBeTruthy();
  expect(lastSeen("anna")).toBe(100);
});

test("a shift of the last week can be chosen by its name, and its start is in the list and the address", async () => {
  const shifts = { shifts: [{ name: "Night", date: "2026-11-27", since: 1000, until: 2000 }], reasons: [] };
  mount(<EventsView />, {}, { "/api/events": { items: [stop] }, "/api/shifts": shifts });
  await screen.findByRole("option", { name: "27 Nov 2026 Night" });
  const paths: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    paths.push(path);
    return Response.json({ items: [] });
  });
  fireEvent.change(screen.getByRole("combobox", { name: "When" }), { target: { value: "1000" } });
  expect(await screen.findByText("No event matches.")).toBeTruthy();
  expect(paths.some((path) => path.startsWith("/api/events?") && path.includes("shift=1000"))).toBe(true);
  expect(window.location.search).toBe("?shift=1000");
});

/** The server's clock begins at 1 s. */
test("the machines of a line have ribbons, and keys show each state and its time", async () => {
  window.history.replaceState(null, "", "/events?line=01");
  const states = [
    { machine: "m_401", since: -3600, until: -1200, status: "RUNNING", quality: "GOOD" },
    { machine: "m_401", since: -1200, until: -300, status: "FAULT", quality: "GOOD" },
  ];
  const history = { since: -28800, until: 1, resolution: "points", signals: [], states, changes: [] };
  mount(<EventsView />, {}, { "/api/events": { items: [stop] }, "/api/history": history });
  const ribbon = await screen.findByRole("slider", { name: "States of m:401" });
  expect(ribbon.getAttribute("aria-valuetext")).toMatch(/Running|FAULT/);
  fireEvent.keyDown(ribbon, { key: "End" });
  expect(ribbon.getAttribute("aria-valuetext")).toMatch(/^nothing known/);
  fireEvent.keyDown(ribbon, { key: "ArrowLeft" });
  expect(ribbon.getAttribute("aria-valuetext")).toMatch(/^FAULT, .* 15\u00a0min/);
  fireEvent.keyDown(ribbon, { key: "Escape" });
  expect(ribbon.getAttribute("aria-valuetext")).toMatch(/FAULT 15\u00a0min/);
});

test("an event is acknowledged with a note", async () => {
  mount(<EventsView />, {}, { "/api/events": { items: [stop] } });
  fireEvent.click(await screen.findByRole("button", { name: /^Acknowledge: / }));
  fireEvent.change(screen.getByLabelText("Note"), { target: { value: "door was open" } });
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", async (path: string, { body }: { body: string | null }) => {
    if (path === "/api/events/acknowledge") sent.push(JSON.parse(body ?? ""));
    if (path === "/api/events/acknowledge") return new Response(null, { status: 204 });
    return Response.json({
      items: [{ ...stop, acknowledged: { person: "anna", at: 300, note: "door was open" } }],
    });
  });
  fireEvent.submit(screen.getByLabelText("Note"));
  await waitFor(() =>
    expect(sent).toEqual([{ kind: "asserted", machine: "m_401", at: 200, field: "", note: "door was open" }]),
  );
  expect(await screen.findByText("door was open")).toBeTruthy();
});

test("an event that is stored just after the list was read appears by itself", async () => {
  let lists = 0;
  mount(
    <EventsView />,
    {},
    {
      "/api/events": (_: unknown, path: string) => {
        if (new URL(path, "http://x").searchParams.get("limit") === "1") return { items: [stop] };
        lists += 1;
        return { items: lists === 1 ? [applied] : [stop, applied] };
      },
    },
  );
  expect(await screen.findByText("stop raised")).toBeTruthy();
  expect(lists).toBe(2);
});
