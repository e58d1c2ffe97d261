// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import type { toast as shown } from "sonner";
import { expect, test, vi } from "vitest";
import { plantOf } from "../../contract/plant.ts";
import { HOT } from "../../testing/alarm.ts";
import { mount, PLANT, Refusal } from "../../testing/mount.tsx";
import { showThrough } from "../../ui/toast.ts";
import { AlarmTable } from "./AlarmTable.tsx";
import type { Alarm } from "./alarms.ts";

const ANNA = { by: "anna", at: 200 };

function table(alarm: Partial<Alarm>, answers = {}): void {
  mount(<AlarmTable alarms={[{ ...HOT, ...alarm }]} />, {}, answers);
}

const row = () => screen.getAllByRole("row")[1] as HTMLElement;
const cell = (place: number) => row().querySelectorAll("td:not(.col-in)")[place]?.textContent;
const acts = () =>
  within(row())
    .queryAllByRole("button")
    .map((each) => each.textContent);

test.each([
  ["unacknowledged", "not acknowledged", ["Acknowledge", "Shelve", "Take out of service"]],
  ["returned", "over, not acknowledged", ["Acknowledge", "Shelve", "Take out of service"]],
  ["acknowledged", "acknowledged", ["Shelve", "Take out of service"]],
  ["shelved", "shelved", ["Unshelve", "Take out of service"]],
  ["suppressed", "suppressed by design", ["Take out of service"]],
  ["out_of_service", "out of service", ["Put back in service"]],
])("an alarm that is %s says so, and offers what can be done with it", (state, words, offered) => {
  table({ state });
  expect(cell(3)).toBe(words);
  expect(acts()).toEqual(offered);
});

test("a person who may only look is offered nothing to do", () => {
  const [line] = PLANT.lines;
  const plant = plantOf({ ...PLANT, lines: line ? [{ ...line, mayChange: false }] : [] });
  mount(<AlarmTable alarms={[HOT]} />, {}, {}, { plant });
  expect(acts()).toEqual([]);
});

test("an alarm shows its machine, value and unit, what to do, and what happens otherwise", () => {
  table({});
  expect(cell(1)).toBe("m:401");
  expect(within(row()).getByRole("link").getAttribute("href")).toBe("/machines/m:401");
  expect(cell(2)).toBe("Motor too hot 98 rpm");
  expect(cell(5)).toBe("Lower the target speed. The motor wears out early.");
});

test("an alarm on a status shows the status", () => {
  table({ field: null, value: "EMERGENCY_STOP", unit: "" });
  expect(cell(2)).toBe("Motor too hot EMERGENCY STOP");
});

test("an alarm whose value is not known says so", () => {
  table({ isKnown: false });
  expect(cell(2)).toContain("value not known");
});

test.each<[string, Partial<Alarm>, string]>([
  ["acknowledged it", { acknowledged: ANNA }, "not acknowledged anna"],
  [
    "shelved it, until when and why",
    { acknowledged: ANNA, shelf: { by: "bert", at: 200, until: 3_600, note: "sensor" } },
    "not acknowledged bert, until 1 Jan 01:00:00, “sensor”",
  ],
  [
    "took it out of service, before who shelved it",
    { shelf: { by: "bert", at: 200 }, out: { by: "carla", at: 300, note: "rebuilt" } },
    "not acknowledged carla, “rebuilt”",
  ],
])("an alarm says who %s", (_, alarm, words) => {
  table(alarm);
  expect(cell(3)).toBe(words);
});

const open = (act: string) =>
  fireEvent.click(within(row()).getByRole("button", { name: `${act}: m:401 Motor too hot` }));
const dialog = () => screen.getByRole("dialog");
const submit = () => fireEvent.submit(dialog().querySelector("form") as HTMLFormElement);

test("acknowledging says what it means, takes a note, and closes once the server has done it", async () => {
  const sent: unknown[] = [];
  table({}, { "/api/alarms/m_401/hot/acknowledge": (body: unknown) => sent.push(body) });
  open("Acknowledge");
  expect(within(dialog()).getByText(/The alarm goes when its cause is gone/)).toBeTruthy();
  const note = within(dialog()).getByLabelText("Note") as HTMLInputElement;
  expect(note.required).toBe(false);
  fireEvent.change(note, { target: { value: "  seen  " } });
  submit();
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent).toEqual([{ note: "seen" }]);
});

test("taking an alarm out of service needs a reason and takes no time", () => {
  table({});
  open("Take out of service");
  expect((within(dialog()).getByLabelText("Reason") as HTMLInputElement).required).toBe(true);
  expect(within(dialog()).queryByLabelText("For how long")).toBeNull();
});

test("an alarm is shelved for as long as the person chooses", async () => {
  const sent: unknown[] = [];
  table({}, { "/api/alarms/m_401/hot/shelve": (body: unknown) => sent.push(body) });
  open("Shelve");
  fireEvent.change(within(dialog()).getByLabelText("For how long"), { target: { value: "900" } });
  fireEvent.change(within(dialog()).getByLabelText("Reason"), { target: { value: "sensor" } });
  submit();
  await waitFor(() => expect(sent).toEqual([{ note: "sensor", forS: 900 }]));
});

test("cancelling sends nothing", () => {
  const sent: unknown[] = [];
  table({}, { "/api/alarms/m_401/hot/acknowledge": (body: unknown) => sent.push(body) });
  open("Acknowledge");
  fireEvent.click(within(dialog()).getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(sent).toEqual([]);
});

test("a refusal is shown, and the dialog stays open with the typed text", async () => {
  table({}, { "/api/alarms/m_401/hot/acknowledge": new Refusal(409, "The alarm is over.") });
  const toasts: string[] = [];
  const end = showThrough({ error: (words: string) => toasts.push(words) } as unknown as typeof shown);
  open("Acknowledge");
  fireEvent.change(within(dialog()).getByLabelText("Note"), { target: { value: "seen" } });
  submit();
  await waitFor(() => expect(toasts).toEqual(["The alarm is over."]));
  end();
  expect((within(dialog()).getByLabelText("Note") as HTMLInputElement).value).toBe("seen");
});

test("several alarms are acknowledged at once with one note, also if somebody was quicker with one of them", async () => {
  const alarms = ["hot", "cold", "slow"].map((name) => ({
    ...HOT,
    name,
    label: name,
    state: "unacknowledged",
  }));
  const shelved = { ...HOT, name: "off", label: "off", state: "shelved" };
  const sent: unknown[] = [];
  mount(<AlarmTable alarms={[...alarms, shelved]} />);
  vi.stubGlobal("fetch", async (path: string, { body }: { body: string }) => {
    sent.push([path, JSON.parse(body)]);
    if (!path.includes("/cold/")) return new Response(null, { status: 204 });
    const problem = { type: "/problems/alarm-state", detail: "ben has acknowledged this already." };
    return Response.json(problem, { status: 409 });
  });
  const together = screen.getByRole("button", { name: "Acknowledge chosen alarms" }) as HTMLButtonElement;
  expect(together.disabled).toBe(true);
  expect(screen.queryByRole("checkbox", { name: "m:401 off" })).toBeNull();
  fireEvent.click(screen.getByRole("checkbox", { name: "All 3 to acknowledge" }));
  fireEvent.click(screen.getByRole("checkbox", { name: "m:401 slow" }));
  fireEvent.click(screen.getByRole("button", { name: "Acknowledge 2 alarms" }));
  expect(screen.getByRole("dialog").textContent).toContain("m:401 hot, m:401 cold");
  fireEvent.change(screen.getByLabelText("Note"), { target: { value: "power cut" } });
  fireEvent.submit(screen.getByLabelText("Note"));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent).toEqual(
    ["hot", "cold"].map((name) => [`/api/alarms/m_401/${name}/acknowledge`, { note: "power cut" }]),
  );
});

test("a person who may only look has nothing to choose", () => {
  const [line] = PLANT.lines;
  const plant = plantOf({ ...PLANT, lines: line ? [{ ...line, mayChange: false }] : [] });
  mount(<AlarmTable alarms={[HOT]} />, {}, {}, { plant });
  expect(screen.queryByRole("checkbox")).toBeNull();
});
