// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mount, PLANT, RUNNING } from "../../testing/mount.tsx";
import { BatchChips } from "./BatchChip.tsx";
import { BatchView } from "./BatchView.tsx";
import { machineKeyOf } from "./filters.ts";
import { remember, see, useSent } from "./sent.ts";

const TX = "8b7e1c52-6d0f-4a3e-9d51-0c6f0a4f9e21";
const result = (outcome: string, more: object = {}) => ({
  machine: "m_401",
  field: "targetSpeed",
  outcome,
  value: 1250,
  asked: 1250,
  before: 1200,
  at: 5,
  ...more,
});
const story = (results: object[], status = "done") => ({
  [`/api/batches/${TX}`]: { txId: TX, status, person: "anna", at: 1, results },
});
const notSent = {
  key: "m_402 targetSpeed",
  row: 3,
  machine: "m_402",
  name: "",
  field: "targetSpeed",
  now: 1,
  target: 2,
  isWrong: true,
  reason: "line 01, EMERGENCY STOP since 14:02",
};
const sent = {
  txId: TX,
  name: "plan.xlsx",
  leftOut: 1,
  notSent: [notSent],
  unchanged: [],
  rows: { m_401: 2 },
};

beforeEach(() => sessionStorage.clear());
afterEach(() => {
  useSent.setState([], true);
  window.history.replaceState(null, "", "/");
});

const rows = () =>
  within(screen.getByRole("region", { name: "What became of each row" }))
    .getAllByRole("row")
    .slice(1);

test("failures come first, each figure lists its own rows, and the choice is in the address", async () => {
  mount(
    <BatchView txId={TX} />,
    {},
    story([
      result("applied"),
      result("unknown", { field: "other" }),
      result("conflict", { machine: "m_9", message: "changed by ben" }),
    ]),
  );
  expect(await screen.findByText("✓ 1 applied · ✕ 1 not applied · ? 1 unknown")).toBeTruthy();
  expect(rows().map((row) => row.textContent)).toEqual([
    expect.stringContaining("changed by ben"),
    expect.stringContaining("? Unknown"),
    expect.stringContaining("✓ Applied"),
  ]);
  fireEvent.click(screen.getByRole("radio", { name: "✕ 1 not applied" }));
  expect(rows()).toHaveLength(1);
  expect(window.location.search).toBe("?outcome=not-applied");
});

test("an unknown target that took effect after all is no longer offered for a retry", async () => {
  let outcome = "unknown";
  const wire = mount(
    <BatchView txId={TX} />,
    { m_401: RUNNING },
    { [`/api/batches/${TX}`]: () => Object.values(story([result(outcome)]))[0] },
  );
  expect(await screen.findByRole("button", { name: "Try 1 target again" })).toBeTruthy();
  outcome = "applied";
  const change = {
    txId: TX,
    machine: "m_401",
    field: "targetSpeed",
    outcome: "applied",
    rev: 2,
    value: 1250,
    at: 5,
  };
  wire.report({}, { tx: [change] });
  await waitFor(() => expect(screen.queryByRole("button", { name: "Try 1 target again" })).toBeNull());
  expect(rows()[0]?.textContent).toContain("✓ Applied");
});

test("after a reload the page still shows which rows of the workbook were not sent, and why", async () => {
  remember(sent);
  useSent.setState(JSON.parse(sessionStorage.getItem("setpoint.sent") ?? "[]"), true);
  mount(<BatchView txId={TX} />, {}, story([result("applied")]));
  expect(await screen.findByRole("heading", { name: "plan.xlsx" })).toBeTruthy();
  expect(rows().at(-1)?.textContent).toContain("Not sent: line 01, EMERGENCY STOP since 14:02");
  expect(screen.getByRole("radio", { name: "1 not sent" })).toBeTruthy();
});

test("a workbook with failed rows is shown on every page until somebody has looked at it", async () => {
  remember(sent);
  mount(<BatchChips />, { m_401: RUNNING }, story([result("failed"), result("applied", { field: "other" })]));
  const chip = await screen.findByRole("link", { name: /✕ 1 not applied · plan.xlsx/ });
  expect(chip.getAttribute("href")).toBe(`/batches/${TX}`);
  act(() => see(TX));
  expect(screen.queryByRole("link")).toBeNull();
});

test("a workbook whose rows were all applied is not shown on every page", async () => {
  remember(sent);
  mount(
    <>
      <BatchChips />
      <BatchView txId={TX} />
    </>,
    {},
    story([result("applied")]),
  );
  await screen.findByRole("heading", { name: "plan.xlsx" });
  expect(screen.queryByRole("link", { name: /plan.xlsx/ })).toBeNull();
  expect(useSent.getState()[0]?.isSeen).toBe(true);
});

test("batches are found by every spelling of a machine", () => {
  const named = { ...PLANT.machines.get("m_401"), name: "Filler 2" } as never;
  const plant = { ...PLANT, machines: new Map([["m_401", named]]) };
  for (const text of ["401", "m:401", "M_401", " m401 ", "filler 2"])
    expect(machineKeyOf(text, plant)).toBe("m_401");
  expect(machineKeyOf("m:999", plant)).toBe("m_999");
});
