// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { plantOf } from "../../contract/plant.ts";
import { mount, PLANT } from "../../testing/mount.tsx";
import { Ribbons } from "./Ribbons.tsx";
import { stretchesOf } from "./ribbon.ts";

const MACHINES = ["m_401", "m_402"];
const PLACES = MACHINES.map((key) => ({ key, id: key.replace("_", ":"), name: "" }));
const TWO = plantOf({ ...PLANT, lines: [{ id: "01", name: "", mayChange: true, machines: PLACES }] });
const STATES = [
  { machine: "m_401", since: 0, until: 600, status: "RUNNING", quality: "GOOD" },
  { machine: "m_401", since: 600, until: 900, status: "EMERGENCY_STOP", quality: "GOOD" },
  { machine: "m_401", since: 900, until: 3_600, status: "IDLE", quality: "GOOD" },
  { machine: "m_402", since: 1_800, until: 3_600, status: "RUNNING", quality: "GOOD" },
];

function ribbons(machines = MACHINES): void {
  const stretches = stretchesOf(machines, STATES, 0, 3_600);
  mount(
    <Ribbons machines={machines} states={{ stretches, since: 0, until: 3_600 }} />,
    {},
    {},
    { plant: TWO },
  );
}

const slider = (machine: string) => screen.getByRole("slider", { name: `States of ${machine}` });
const press = (key: string, machine = "m:401", more = {}) =>
  fireEvent.keyDown(slider(machine), { key, ...more });
/** Units are on one line with their numbers. */
const chosen = () => document.querySelector(".ribbon-chosen")?.textContent?.replaceAll("\u00a0", " ");
const valueText = (machine: string) =>
  slider(machine).getAttribute("aria-valuetext")?.replaceAll("\u00a0", " ");

test("before a choice the ribbon shows its times, and the line below says how to choose", () => {
  ribbons();
  expect(valueText("m:401")).toBe("Idle 45 min 0 s, Running 10 min 0 s, EMERGENCY STOP 5 min 0 s");
  expect(valueText("m:402")).toBe("nothing known 30 min 0 s, Running 30 min 0 s");
  expect(chosen()).toMatch(/^Point at a ribbon/);
});

test("only the time of stops stands beside a ribbon", () => {
  ribbons();
  const down = [...document.querySelectorAll(".ribbon-down")];
  expect(down.map((each) => each.textContent?.replaceAll("\u00a0", " "))).toEqual(["5 min 0 s", ""]);
});

test("a stop and a run differ in height, and unknown time is not drawn", () => {
  ribbons();
  const path = (kind: string) => slider("m:402").querySelector(`.ribbon-${kind}`)?.getAttribute("d") ?? "";
  expect(path("running")).toBe("M500.00 3h500.00v7h-500.00z");
  expect(path("critical")).toBe("");
  expect(slider("m:401").querySelector(".ribbon-critical")?.getAttribute("d")).toContain("0h83.33v10");
});

test("left goes to the latest state first, then back, and stops at the first", () => {
  ribbons();
  press("ArrowLeft");
  expect(chosen()).toBe("m:401 Idle, 1 Jan 00:15:00 to 1 Jan 01:00:00, 45 min 0 s");
  press("ArrowLeft");
  expect(chosen()).toContain("EMERGENCY STOP");
  for (const key of ["ArrowLeft", "ArrowLeft"]) press(key);
  expect(chosen()).toContain("Running, 1 Jan 00:00:00");
  expect(slider("m:401").getAttribute("aria-valuenow")).toBe("1");
});

test("Home, End and right move among the states, and Escape lets go", () => {
  ribbons();
  press("Home");
  expect(chosen()).toContain("Running");
  press("ArrowRight");
  expect(chosen()).toContain("EMERGENCY STOP");
  press("End");
  press("ArrowRight");
  expect(chosen()).toContain("Idle");
  press("Escape");
  expect(chosen()).toMatch(/^Point at a ribbon/);
});

test("down goes to the next machine at the same instant, and the line below says if nothing is known of it", () => {
  ribbons();
  press("End");
  press("ArrowDown");
  expect(chosen()).toBe("m:402 nothing known, 1 Jan 00:00:00 to 1 Jan 00:30:00, 30 min 0 s");
  press("ArrowDown", "m:402");
  expect(chosen()).toContain("m:402");
  press("ArrowUp", "m:402");
  expect(chosen()).toContain("m:401 Running, 1 Jan 00:00:00");
});

test("one press of Tab leads to the chosen machine", () => {
  ribbons();
  const stops = () => MACHINES.map((key) => slider(key.replace("_", ":")).tabIndex);
  expect(stops()).toEqual([0, -1]);
  press("ArrowDown");
  expect(stops()).toEqual([-1, 0]);
});

test("the browser keeps its own keys", () => {
  ribbons();
  press("ArrowLeft", "m:401", { altKey: true });
  press("x");
  expect(chosen()).toMatch(/^Point at a ribbon/);
});

test("pointing at a ribbon chooses the state at that point", () => {
  ribbons();
  const box = slider("m:401");
  box.getBoundingClientRect = () => ({ left: 100, width: 600 }) as DOMRect;
  fireEvent.pointerMove(box, { clientX: 100 + 600 * 0.2 });
  expect(chosen()).toContain("EMERGENCY STOP");
  fireEvent.pointerDown(box, { clientX: 700 });
  expect(chosen()).toContain("Idle");
});

test("without machines there is nothing to choose", () => {
  ribbons([]);
  expect(screen.queryAllByRole("slider")).toEqual([]);
});
