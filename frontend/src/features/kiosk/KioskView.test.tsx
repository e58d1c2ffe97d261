// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { KioskView } from "./KioskView.tsx";

test("a wall shows a line with its machines, and a fault large", () => {
  const wire = mount(<KioskView />, { m_401: RUNNING });
  expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Line 01");
  const wallTile = document.querySelector(".wall-tile");
  expect(wallTile?.textContent).toContain("1,204");
  expect(wallTile?.classList.contains("is-critical")).toBe(false);
  wire.report({ m_401: { status: "FAULT" } });
  expect(document.querySelector(".wall-tile.is-critical")?.textContent).toContain("FAULT");
});

test("a wall has no controls, and says that the connection is lost", () => {
  const wire = mount(<KioskView />, { m_401: RUNNING });
  expect(screen.queryAllByRole("button")).toEqual([]);
  expect(screen.getByText("Connected")).toBeTruthy();
  wire.end();
  expect(screen.queryByText("Connected")).toBeNull();
});
