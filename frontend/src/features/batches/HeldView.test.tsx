// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { HeldView } from "./HeldView.tsx";

test("a person who confirms sees the machine, the label, the unit and the current value", async () => {
  const batch = {
    txId: "t",
    person: "anna",
    at: 1,
    until: 2,
    updates: { m_401: { targetSpeed: 1250 } },
    reason: null,
    isMine: false,
  };
  mount(<HeldView />, { m_401: RUNNING }, { "/api/held": [batch] });
  expect(await screen.findByText(/m:401 · Target speed: 1,200 rpm/)).toBeTruthy();
  expect(screen.getByRole("listitem").textContent).toContain("→ 1250 rpm");
});
