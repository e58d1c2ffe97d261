// @vitest-environment happy-dom
import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { plantOf } from "../../contract/plant.ts";
import { mount, PLANT, Refusal, RUNNING } from "../../testing/mount.tsx";
import { AlertBar } from "./AlertBar.tsx";

afterEach(() => {
  vi.useRealTimers();
});

const bar = () => screen.getByRole("region", { name: "What needs attention" });

test("a stop is listed with its word and its machine", () => {
  const wire = mount(<AlertBar />, { m_401: RUNNING });
  expect(bar().textContent).not.toContain("m:401");
  wire.report({ m_401: { status: "FAULT" } });
  expect(bar().textContent).toContain("FAULT");
  expect(bar().textContent).toContain("m:401");
});

test("a person who may only look is offered no upload", () => {
  mount(<AlertBar />, { m_401: RUNNING });
  expect(screen.queryByRole("link", { name: "Drop workbook" })).not.toBeNull();
  cleanup();
  const lines = PLANT.lines.map((line) => ({ ...line, mayChange: false }));
  mount(<AlertBar />, { m_401: RUNNING }, {}, { plant: plantOf({ ...PLANT, lines }) });
  expect(screen.queryByRole("link", { name: "Drop workbook" })).toBeNull();
});

test("a machine that has just stopped counts at once as not running", () => {
  const wire = mount(<AlertBar />, { m_401: RUNNING });
  expect(bar().textContent).not.toContain("not running");
  wire.report({ m_401: { status: "FAULT" } });
  expect(bar().textContent).toContain("1 not running");
});

const OPEN = "/api/alarms/open";
const NONE = { critical: 0, high: 0, medium: 0, low: 0 };

test("the bar says that nothing needs attention only while it knows that", async () => {
  const wire = mount(<AlertBar />, {}, { [OPEN]: NONE });
  await screen.findByText("Nothing needs attention.");
  wire.end();
  expect(bar().textContent).not.toContain("Nothing needs attention.");
  expect(bar().textContent).toContain("What needs attention now is not known.");
});

test("the bar says that it does not know what needs attention while the server does not confirm that the plant is live", () => {
  vi.useFakeTimers();
  const wire = mount(<AlertBar />, {}, { [OPEN]: NONE });
  wire.confirmNothing(14_000);
  expect(bar().textContent).not.toContain("is not known");
  wire.confirmNothing(3_000);
  expect(bar().textContent).toContain("What needs attention now is not known.");
});

test("the bar says how many alarms nobody has acknowledged, and that they need attention", async () => {
  mount(<AlertBar />, {}, { [OPEN]: { ...NONE, critical: 1, low: 2 } });
  const link = await screen.findByRole("link", { name: "3 alarms not acknowledged" });
  expect(link.getAttribute("href")).toContain("/alarms");
  expect(bar().textContent).not.toContain("Nothing needs attention.");
});

test("while the alarms are not known the bar does not say that nothing needs attention", async () => {
  const requested = new Promise<void>((resolve) => {
    const refuse = () => {
      resolve();
      return new Refusal(503, "busy");
    };
    mount(<AlertBar />, {}, { [OPEN]: refuse });
  });
  await requested;
  await new Promise((resolve) => setTimeout(resolve));
  expect(bar().textContent).not.toContain("Nothing needs attention.");
});

test("a wall counts the alarms that nobody has acknowledged beside its stops", async () => {
  mount(<AlertBar isWall />, { m_401: { ...RUNNING, status: "FAULT" } }, { [OPEN]: { ...NONE, high: 1 } });
  expect(await screen.findByText("1 alarm not acknowledged")).toBeTruthy();
  expect(screen.queryAllByRole("link")).toEqual([]);
});
