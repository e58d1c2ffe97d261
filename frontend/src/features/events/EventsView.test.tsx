// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { EventsView } from "./EventsView.tsx";
import { lastSeen, noteSeen } from "./events.ts";

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

beforeEach(() => localStorage.clear());

test("events are told with machine, what and who", async () => {
  mount(<EventsView />, {}, { "/api/events": { items: [stop, applied] } });
  expect(await screen.findByText("stop raised")).toBeTruthy();
  expect(screen.getByText(/door 3/)).toBeTruthy();
  expect(screen.getByText("anna")).toBeTruthy();
  expect(screen.getByText("Target speed: 1,500 rpm")).toBeTruthy();
});

test("a refusal is told in the server's words", async () => {
  mount(<EventsView />, {}, { "/api/events": new Refusal(503, "The database does not answer.") });
  expect((await screen.findByRole("alert")).textContent).toBe("The database does not answer.");
});

test("what came since the last visit stands above a line", async () => {
  noteSeen(100);
  mount(<EventsView />, {}, { "/api/events": { items: [stop, applied] } });
  expect(await screen.findByText("You have seen what is below.")).toBeTruthy();
  expect(lastSeen()).toBe(200);
});

test("an event is acknowledged with a note", async () => {
  mount(<EventsView />, {}, { "/api/events": { items: [stop] } });
  fireEvent.click(await screen.findByRole("button", { name: "Acknowledge" }));
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
