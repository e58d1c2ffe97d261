// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { setParam } from "../../router.ts";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { PlantView } from "./PlantView.tsx";

afterEach(() => act(() => setParam("filter", "")));

/** The lines that have a machine to show. */
const lines = () => document.querySelectorAll(".plant-line").length;

test("a small plant is shown line by line, and its legend filters the machines", () => {
  const wire = mount(<PlantView />, { m_401: RUNNING });
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Test plant");
  expect(lines()).toBe(1);
  const idle = screen.getByRole("button", { name: /idle/ });
  fireEvent.click(idle);
  expect(idle.getAttribute("aria-pressed")).toBe("true");
  expect(lines()).toBe(0);
  wire.report({ m_401: { status: "STOPPED" } });
  expect(lines()).toBe(1);
  fireEvent.click(screen.getByRole("button", { name: "All 1" }));
  expect(idle.getAttribute("aria-pressed")).toBe("false");
});

test("the legend counts only while the connection is live", () => {
  const wire = mount(<PlantView />, { m_401: RUNNING });
  const running = () => screen.getByRole("button", { name: /running/ }).textContent;
  expect(running()).toBe("1 running");
  wire.end();
  expect(running()).toBe("– running");
});
