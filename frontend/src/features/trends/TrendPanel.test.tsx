// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import type { toast as shown } from "sonner";
import { beforeEach, expect, test, vi } from "vitest";
import { plantOf } from "../../contract/plant.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { setParam } from "../../router.ts";
import { mount, PLANT, Refusal, RUNNING, type Wire } from "../../testing/mount.tsx";
import { showThrough } from "../../ui/toast.ts";
import type { ChartProps } from "./Chart.tsx";
import { TrendPanel } from "./TrendPanel.tsx";

// There is no canvas here. tests/e2e/trends.test.ts looks at what is drawn.
vi.mock("./Chart.tsx", () => ({
  Chart: ({ label, plot }: ChartProps) => (
    <div role="img" aria-label={label}>
      {plot.lines.map((line) => line.key).join(" ")}
    </div>
  ),
}));

const TOPICS = ["line:01"];
const NOW = 1_000_000;
const [LINE] = PLANT.lines;
const TWO = plantOf({
  ...PLANT,
  lines: LINE ? [{ ...LINE, machines: [...LINE.machines, { key: "m_402", id: "m:402", name: "" }] }] : [],
});
const MACHINES = ["m_401", "m_402"];

interface HistoryRequest {
  readonly signals: string;
  readonly from: number;
  readonly to: number;
  readonly format: string;
}

let requests: HistoryRequest[];
beforeEach(() => {
  requests = [];
  window.history.replaceState(null, "", "/machines/m:401");
});

/** What the history knows: ten values of each signal. */
function history(_: unknown, path: string): object {
  const query = new URL(path, "http://plant").searchParams;
  const [from, to] = [Number(query.get("from")), Number(query.get("to"))];
  const signals = query.get("signals") ?? "";
  requests.push({ signals, from, to, format: query.get("format") ?? "" });
  const at = Array.from({ length: 10 }, (_each, place) => from + ((to - from) * place) / 10);
  const values = at.map((_each, place) => (place === 3 ? null : 1_200 + place));
  return {
    since: from,
    until: to,
    resolution: "raw",
    signals: signals.split(",").map((signal) => {
      const [machine = "", field = ""] = signal.split(".");
      return { signal, machine, field, unit: "rpm", at, min: values, max: values, mean: values };
    }),
    states: [
      { machine: "m_401", since: from, until: from + 60, status: "EMERGENCY_STOP" },
      { machine: "m_401", since: from + 60, until: to, status: null },
      { machine: "m_402", since: from, until: to, status: "MAINTENANCE_LOCK" },
    ],
    changes: [
      change({ at: from + 1, outcome: "applied" }),
      change({ at: from + 2, by: "bert", before: null, outcome: "rejected" }),
    ],
  };
}

function change(more: object): object {
  return {
    machine: "m_401",
    field: "targetSpeed",
    at: 0,
    by: "anna",
    before: 1100,
    value: 1200,
    outcome: "",
    ...more,
  };
}

function Panel() {
  useTopics(TOPICS);
  return <TrendPanel signals={["m_401.speed"]} machines={MACHINES} label="Trends of m:401" />;
}

function panel(answer: unknown = history): Wire {
  return mount(<Panel />, { m_401: RUNNING }, { "/api/history": answer }, { plant: TWO, now: NOW });
}

const param = (name: string) => new URLSearchParams(window.location.search).get(name);
const chart = () => screen.findByRole("img");
const click = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const radio = (name: string) => screen.getByRole("radio", { name }) as HTMLInputElement;
const panelIsBusy = () => document.querySelector(".trends")?.getAttribute("aria-busy");

test("the last ten minutes are shown up to now, once they have arrived", async () => {
  panel();
  expect(panelIsBusy()).toBe("true");
  expect(screen.queryByRole("img")).toBeNull();
  expect((await chart()).textContent).toBe("m_401.speed");
  expect(panelIsBusy()).toBe("false");
  expect(radio("10m").checked).toBe(true);
  expect(screen.getByRole("status").textContent).toMatch(/ to now$/);
  expect((requests[0]?.to ?? 0) - (requests[0]?.from ?? 0)).toBeCloseTo(600, 1);
});

test("another time range is put into the address and requested", async () => {
  panel();
  await chart();
  fireEvent.click(radio("8h"));
  expect(param("t")).toBe("8h");
  await waitFor(() =>
    expect((requests.at(-1)?.to ?? 0) - (requests.at(-1)?.from ?? 0)).toBeCloseTo(28_800, 1),
  );
  fireEvent.click(radio("10m"));
  expect(param("t")).toBeNull();
});

test("“earlier” goes back by half the shown time, and “later” returns to the present", async () => {
  panel();
  await chart();
  click("Earlier");
  const [from = 0, to = 0] = param("t")?.split("..").map(Number) ?? [];
  expect(to - from).toBeCloseTo(600);
  expect(to).toBeGreaterThanOrEqual(NOW - 300); // the clock runs while the test does
  expect(to).toBeLessThan(NOW);
  await waitFor(() => expect(screen.getByRole("status").textContent).not.toMatch(/now$/));
  click("Later");
  click("Later");
  expect(param("t")).toBe("10m");
});

test("a fixed time is shown with both its ends, and no length is chosen", async () => {
  window.history.replaceState(null, "", "/machines/m:401?t=100000..103600");
  panel();
  await chart();
  expect(screen.getByRole("status").textContent).toBe("2 Jan 03:46:40 to 2 Jan 04:46:40");
  expect(screen.getAllByRole("radio").filter((each) => (each as HTMLInputElement).checked)).toEqual([]);
  expect(requests[0]).toMatchObject({ from: 100_000, to: 103_600 });
});

test("zooming halves and doubles the time around its middle", async () => {
  window.history.replaceState(null, "", "/machines/m:401?t=100000..101000");
  panel();
  await chart();
  click("Zoom in");
  expect(param("t")).toBe("100250..100750");
  click("Zoom out");
  expect(param("t")).toBe("100000..101000");
});

test("the day before is requested as well, and drawn as lines of its own", async () => {
  panel();
  await chart();
  fireEvent.change(screen.getByLabelText("Compare"), { target: { value: "yesterday" } });
  expect(param("vs")).toBe("yesterday");
  await waitFor(async () => expect((await chart()).textContent).toBe("m_401.speed m_401.speed@yesterday"));
  const [today, before] = requests.slice(-2);
  expect((today?.from ?? 0) - (before?.from ?? 0)).toBe(86_400);
});

test("another machine is compared by the same fields, and the machine itself cannot be chosen", async () => {
  panel();
  await chart();
  const compare = screen.getByLabelText("Compare") as HTMLSelectElement;
  expect([...compare.options].map((each) => each.textContent)).toEqual([
    "with nothing",
    "with the day before",
    "with m:402",
  ]);
  fireEvent.change(compare, { target: { value: "m_402" } });
  await waitFor(async () => expect((await chart()).textContent).toBe("m_401.speed m_402.speed"));
});

test("a signal can be added and removed again", async () => {
  panel();
  await chart();
  const add = screen.getByLabelText("Signal to add") as HTMLSelectElement;
  expect([...add.options].map((each) => each.value)).toEqual(["", "targetSpeed"]);
  fireEvent.change(add, { target: { value: "targetSpeed" } });
  expect(param("s")).toBe("m_401.targetSpeed");
  await waitFor(async () => expect((await chart()).textContent).toBe("m_401.speed m_401.targetSpeed"));
  fireEvent.click(screen.getByRole("button", { name: /^m:401 targetSpeed/ }));
  expect(param("s")).toBeNull();
});

test("a signal of another machine is added after choosing the machine", async () => {
  panel();
  await chart();
  fireEvent.change(screen.getByLabelText("Machine to add"), { target: { value: "m_402" } });
  fireEvent.change(screen.getByLabelText("Signal to add"), { target: { value: "speed" } });
  expect(param("s")).toBe("m_402.speed");
});

test("if the history cannot be read, the reason replaces the time, and no chart is drawn", async () => {
  panel(new Refusal(404, "This server keeps no history."));
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("This server keeps no history."));
  expect(panelIsBusy()).toBe("false");
  expect(screen.queryByRole("img")).toBeNull();
});

test("the chart stays when the next answer fails", async () => {
  let answer: unknown = null;
  panel((body: unknown, path: string) => answer ?? history(body, path));
  await chart();
  answer = new Refusal(503, "The history is busy.");
  fireEvent.click(radio("1h"));
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("The history is busy."));
  expect(screen.getByRole("img")).toBeTruthy();
});

test("the table has the values, the changes with their people, and the machine's states", async () => {
  panel();
  await chart();
  const details = document.querySelector("details") as HTMLDetailsElement;
  expect(screen.queryByRole("table")).toBeNull();
  details.open = true;
  fireEvent(details, new Event("toggle"));
  const table = await screen.findByRole("table");
  expect(
    within(table)
      .getAllByRole("columnheader")
      .map((each) => each.textContent),
  ).toEqual(["Time", "m:401 Speed, rpm"]);
  const cells = within(table)
    .getAllByRole("cell")
    .map((each) => each.textContent);
  expect(cells.slice(0, 5)).toEqual(["1,200", "1,201", "1,202", "–", "1,204"]);
  const items = (name: string) =>
    within(screen.getByRole("list", { name }))
      .getAllByRole("listitem")
      .map((each) => each.textContent);
  expect(items("Changes")).toEqual([
    expect.stringMatching(/: anna set m:401 Target speed from 1,100 to 1,200$/),
    expect.stringMatching(/: bert set m:401 Target speed from – to 1,200 \(rejected\)$/),
  ]);
  expect(items("States")).toEqual([
    expect.stringMatching(/: EMERGENCY STOP$/),
    expect.stringMatching(/: nothing known$/),
  ]);
});

test("reports after the answer are added to the chart", async () => {
  const wire = panel();
  await chart();
  const details = document.querySelector("details") as HTMLDetailsElement;
  details.open = true;
  fireEvent(details, new Event("toggle"));
  await screen.findByRole("table");
  wire.report({ m_401: { speed: 777 } });
  await waitFor(() => expect(screen.getByRole("table").textContent).toContain("777"));
});

test("the shown values are exported in each format, and a failure is shown", async () => {
  panel((body: unknown, path: string) => {
    const answer = history(body, path);
    return path.includes("&format=") ? new Refusal(422, "Too many values.") : answer;
  });
  await chart();
  const toasts: string[] = [];
  const end = showThrough({ error: (words: string) => toasts.push(words) } as unknown as typeof shown);
  for (const name of ["CSV", "Excel", "Parquet"]) click(name);
  await waitFor(() => expect(toasts).toEqual(Array(3).fill("Too many values.")));
  end();
  expect(requests.slice(-3).map(({ format, signals }) => [format, signals])).toEqual([
    ["csv", "m_401.speed"],
    ["xlsx", "m_401.speed"],
    ["parquet", "m_401.speed"],
  ]);
});

test("the copied address has the shown time as a fixed one", async () => {
  panel();
  await chart();
  const toasts: string[] = [];
  const end = showThrough({ message: (words: string) => toasts.push(words) } as unknown as typeof shown);
  const copied = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  click("Copy link");
  await waitFor(() => expect(toasts).toEqual(["The address of this view is copied."]));
  expect(new URL(copied.mock.calls[0]?.[0] ?? "").searchParams.get("t")).toMatch(/\.\./);
  expect(param("t")).toBeNull();
  end();
  copied.mockRestore();
});

test("on a narrow screen comparing and exporting are folded away until something is compared", async () => {
  vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
  panel();
  const folded = (await screen.findByText("Compare and export")).closest("details") as HTMLDetailsElement;
  expect(folded.open).toBe(false);
  act(() => setParam("vs", "m_402"));
  expect(folded.open).toBe(true);
  vi.unstubAllGlobals();
});
