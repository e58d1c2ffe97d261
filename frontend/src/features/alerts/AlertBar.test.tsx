// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { AlertBar } from "./AlertBar.tsx";

const bar = () => screen.getByRole("region", { name: "What needs attention" });

test("a stop is listed with its word and its machine", () => {
  const wire = mount(<AlertBar />, { m_401: RUNNING });
  expect(bar().textContent).not.toContain("m:401");
  wire.report({ m_401: { status: "FAULT" } });
  expect(bar().textContent).toContain("FAULT");
  expect(bar().textContent).toContain("m:401");
});

test("that nothing needs attention is said only while it is known", () => {
  const wire = mount(<AlertBar />);
  expect(bar().textContent).toContain("Nothing needs attention.");
  wire.end();
  expect(bar().textContent).not.toContain("Nothing needs attention.");
  expect(bar().textContent).toContain("What needs attention now is not known.");
});
