// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { SimulatorPanel } from "./SimulatorPanel.tsx";

const EVENTS = "/api/simulator/events";

function panel(): unknown[] {
  const sent: unknown[] = [];
  mount(<SimulatorPanel machine="m_401" />, {}, { [EVENTS]: (body: unknown) => sent.push(body) });
  return sent;
}

const click = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
const status = () => screen.getByRole("status").textContent;

test("the panel says that the plant is simulated", () => {
  panel();
  expect(screen.getByText(/This plant is simulated/)).toBeTruthy();
  expect(status()).toBe("");
});

test.each([
  ["Raise EMERGENCY STOP", { status: "EMERGENCY_STOP" }, "EMERGENCY STOP raised."],
  ["Raise MAINTENANCE LOCK", { status: "MAINTENANCE_LOCK" }, "MAINTENANCE LOCK raised."],
  ["Clear the stop", { status: null }, "Stop cleared."],
  ["Stops answering", { fault: "freeze" }, "Stops answering."],
  ["Answers late", { fault: "slow" }, "Answers late."],
  ["Refuses writes", { fault: "refuse" }, "Refuses writes."],
  ["No fault", { fault: null }, "Fault gone."],
])("“%s” sends the request, and says so once the server has done it", async (button, body, words) => {
  const sent = panel();
  click(button);
  await waitFor(() => expect(status()).toBe(words));
  expect(sent).toEqual([{ machine: "m_401", ...body }]);
});

test("the panel claims nothing before the server answers", () => {
  mount(<SimulatorPanel machine="m_401" />);
  click("Stops answering");
  expect(status()).toBe("");
});

test("a refusal is shown with its reason, and the next success replaces it", async () => {
  let answer: unknown = new Refusal(403, "You may look, not change.");
  mount(<SimulatorPanel machine="m_401" />, {}, { [EVENTS]: () => answer });
  click("Clear the stop");
  await waitFor(() => expect(status()).toBe("You may look, not change."));
  expect(screen.getByRole("status").className).toBe("critical");
  answer = {};
  click("Clear the stop");
  await waitFor(() => expect(status()).toBe("Stop cleared."));
  expect(screen.getByRole("status").className).toBe("quiet");
});
