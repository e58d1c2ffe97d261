// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { plantOf } from "../../contract/plant.ts";
import { mount, PLANT, RUNNING, type Wire } from "../../testing/mount.tsx";
import { LineView } from "./LineView.tsx";

const lineOf = (id: string, numbers: readonly number[], name = "") => ({
  id,
  name,
  mayChange: true,
  machines: numbers.map((number) => ({ key: `m_${number}`, id: `m:${number}`, name: "" })),
});
const HUNDRED = Array.from({ length: 100 }, (_, at) => 401 + at);
const LINES = plantOf({ ...PLANT, lines: [lineOf("01", HUNDRED, "Filling"), lineOf("02", [701])] });
const RECORDS = {
  m_401: RUNNING,
  m_402: { ...RUNNING, status: "EMERGENCY_STOP" },
  m_403: { ...RUNNING, quality: "OFFLINE" },
  m_404: { ...RUNNING, status: "IDLE" },
};

beforeEach(() => window.history.replaceState(null, "", "/lines/01"));

function view(line = "01", records: Parameters<typeof mount>[1] = RECORDS, plant = LINES): Wire {
  return mount(
    <main id="main">
      <LineView line={line} />
    </main>,
    records,
    {},
    { plant },
  );
}

const ids = () => [...document.querySelectorAll(".tile-number")].map((each) => each.textContent);
const show = (value: string) => fireEvent.change(screen.getByLabelText("Show"), { target: { value } });
const param = (name: string) => new URLSearchParams(window.location.search).get(name);

test("a line has its number and name, and its machines in the plant's order", () => {
  view();
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Line 01 · Filling");
  expect(ids().slice(0, 3)).toEqual(["m:401", "m:402", "m:403"]);
});

test("only the visible ones of a hundred machines, and a few more, are in the page", () => {
  view();
  expect(ids().length).toBeGreaterThan(4);
  expect(ids().length).toBeLessThan(100);
});

test("a tile opens the editor, or the machine's page if no field of the plant can be set", () => {
  const fields = PLANT.fields.filter((each) => !each.isWritable);
  view("01", RECORDS, plantOf({ ...PLANT, fields, lines: [lineOf("01", [401])] }));
  fireEvent.click(screen.getByRole("button", { name: "m:401" }));
  expect(window.location.pathname).toBe("/machines/m:401");
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("the page of an unknown line lists the lines that exist", () => {
  view("77");
  expect(screen.getByRole("heading").textContent).toBe("No line 77 here");
  expect(document.body.textContent).toContain("Lines are 01 to 02.");
  expect(screen.getByRole("link", { name: "Back to the plant" }).getAttribute("href")).toBe("/");
});

test("the page tells a person with one line which line that is", () => {
  view("77", {}, plantOf({ ...PLANT, lines: [lineOf("05", [701])] }));
  expect(document.body.textContent).toContain("The only line is 05.");
});

test.each([
  ["attention", ["m:402", "m:403"]],
  ["stale", ["m:403"]],
  ["status:IDLE", ["m:404"]],
])("the filter %s leaves its machines, and is in the address", async (filter, left) => {
  view();
  show(filter);
  expect(param("filter")).toBe(filter);
  await waitFor(() => expect(ids()).toEqual(left));
});

test("machines that stand still and machines without contact are not running", async () => {
  view();
  show("not-running");
  await waitFor(() => expect(ids()[0]).toBe("m:402"));
  expect(ids()).not.toContain("m:401");
  expect(ids()).toContain("m:403");
});

test("only statuses that occur can be chosen", () => {
  view();
  const words = [...(screen.getByLabelText("Show") as HTMLSelectElement).options].map(
    (each) => each.textContent,
  );
  expect(words).toEqual([
    "All",
    "Needs attention",
    "Not running",
    "Pending",
    "Stale",
    "EMERGENCY STOP",
    "Idle",
    "Running",
  ]);
});

test("a filter that no machine passes says so, and shows all again on a click", async () => {
  view();
  show("pending");
  expect((await screen.findByRole("status")).textContent).toContain("No machine matches.");
  expect(ids()).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "Show all 100" }));
  await waitFor(() => expect(ids()).toContain("m:401"));
  expect(param("filter")).toBeNull();
});

test("a machine joins and leaves its filter as its status changes", async () => {
  const wire = view();
  show("status:IDLE");
  await waitFor(() => expect(ids()).toEqual(["m:404"]));
  wire.report({ m_401: { status: "IDLE" } });
  await waitFor(() => expect(ids()).toEqual(["m:401", "m:404"]));
  wire.report({ m_404: { status: "RUNNING" } });
  await waitFor(() => expect(ids()).toEqual(["m:401"]));
});

test("the size of the tiles is in the address, and more small tiles fit", async () => {
  view();
  const before = ids().length;
  fireEvent.click(screen.getByRole("radio", { name: "dense" }));
  expect(param("tiles")).toBe("dense");
  await waitFor(() => expect(ids().length).toBeGreaterThan(before));
  fireEvent.click(screen.getByRole("radio", { name: "large" }));
  await waitFor(() => expect(ids().length).toBeLessThan(before));
  fireEvent.click(screen.getByRole("radio", { name: "normal" }));
  expect(param("tiles")).toBeNull();
});

test("the template contains the machines of the line", () => {
  view();
  expect(screen.getByRole("link", { name: "Template" }).getAttribute("href")).toBe(
    "/api/template.xlsx?topic=line%3A01",
  );
});

test("trends open and close, and the address says so", async () => {
  view();
  const button = screen.getByRole("button", { name: "Trends" });
  expect(button.getAttribute("aria-expanded")).toBe("false");
  fireEvent.click(button);
  expect(param("trends")).toBe("1");
  expect(await screen.findByRole("region", { name: "Trends" })).toBeTruthy();
  fireEvent.click(button);
  expect(screen.queryByRole("region", { name: "Trends" })).toBeNull();
});

test("arrows move the focus among the tiles and stop at the ends", async () => {
  view();
  const button = (machine: string) => document.querySelector<HTMLElement>(`[data-tile="${machine}"]`);
  const focused = () => document.activeElement?.getAttribute("data-tile");
  act(() => button("m_401")?.focus());
  fireEvent.keyDown(document.activeElement as Element, { key: "ArrowRight" });
  await waitFor(() => expect(focused()).toBe("m_402"));
  for (const key of ["ArrowLeft", "ArrowLeft"]) {
    fireEvent.keyDown(document.activeElement as Element, { key });
    await waitFor(() => expect(focused()).toBe("m_401"));
  }
  fireEvent.keyDown(document.activeElement as Element, { key: "ArrowRight", altKey: true });
  expect(focused()).toBe("m_401");
});

test("a click on a tile opens the editor of its machine", async () => {
  view();
  fireEvent.click(document.querySelector('[data-machine="m_401"]') as Element);
  expect((await screen.findByRole("dialog")).textContent).toContain("m:401");
});
