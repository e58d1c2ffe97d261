// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { HOT } from "../../testing/alarm.ts";
import { mount } from "../../testing/mount.tsx";
import { loadLanguage } from "../../texts/catalogue.ts";
import { AlarmsView } from "./AlarmsView.tsx";

const hot = { ...HOT, field: "temp", unit: "°C" };
afterEach(() => loadLanguage("en"));

const calm = { raised: 0, isFlood: false, worst: [], chattering: [], standing: 0 };

test("an alarm is listed with its priority, its state and what to do", async () => {
  mount(<AlarmsView />, {}, { "/api/alarms": { defined: 1, alarms: [hot], figures: calm } });
  expect(await screen.findByText("Motor too hot")).toBeTruthy();
  for (const text of ["high", "not acknowledged", "Lower the target speed."])
    expect(screen.getByText(text)).toBeTruthy();
});

test("a German page has the value with a decimal comma", async () => {
  await loadLanguage("de");
  mount(<AlarmsView />, {}, { "/api/alarms": { defined: 1, alarms: [hot], figures: calm } });
  expect(await screen.findByText("97,5 °C")).toBeTruthy();
});

test("the page distinguishes a plant without alarms from one without definitions", async () => {
  mount(<AlarmsView />, {}, { "/api/alarms": { defined: 0, alarms: [], figures: calm } });
  expect(await screen.findByText("The plant file defines no alarms.")).toBeTruthy();
});

test("the page shows a flood and an alarm that chatters", async () => {
  const often = { machine: "m_401", name: "hot", raised: 14 };
  const figures = { raised: 14, isFlood: true, worst: [often], chattering: [often], standing: 1 };
  mount(<AlarmsView />, {}, { "/api/alarms": { defined: 1, alarms: [], figures } });
  expect(await screen.findByText(/This is a flood\./)).toBeTruthy();
  expect(screen.getByText(/chatters/)).toBeTruthy();
});

test("shelving asks for a reason and for how long", async () => {
  mount(<AlarmsView />, {}, { "/api/alarms": { defined: 1, alarms: [hot], figures: calm } });
  fireEvent.click(await screen.findByRole("button", { name: /^Shelve: / }));
  const reason = screen.getByLabelText("Reason") as HTMLInputElement;
  expect(reason.required).toBe(true);
  fireEvent.change(reason, { target: { value: "sensor is being changed" } });
  const sent: unknown[] = [];
  vi.stubGlobal("fetch", async (path: string, { body }: { body: string | null }) => {
    if (path.endsWith("/shelve")) sent.push(path, JSON.parse(body ?? ""));
    return Response.json({ defined: 1, alarms: [], figures: calm });
  });
  fireEvent.submit(reason);
  await waitFor(() =>
    expect(sent).toEqual(["/api/alarms/m_401/hot/shelve", { note: "sensor is being changed", forS: 3600 }]),
  );
});
