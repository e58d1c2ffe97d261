// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { WAIT_MS } from "../../testing/patience.ts";
import { TargetEditor } from "./TargetEditor.tsx";

const TOPICS = ["line:01"];
const onClose = vi.fn();

function Editor() {
  useTopics(TOPICS);
  return <TargetEditor machine="m_401" onClose={onClose} />;
}

const type = (text: string) => fireEvent.change(screen.getByRole("textbox"), { target: { value: text } });
const submit = () => fireEvent.submit(document.querySelector("form") as HTMLFormElement);

test("a value outside the range is refused with the range, and the editor stays open", () => {
  mount(<Editor />, { m_401: RUNNING });
  type("3001");
  submit();
  expect(screen.getByRole("alert").textContent).toMatch(/0 to 3,?000 rpm/);
  expect(onClose).not.toHaveBeenCalled();
});

test("the editor asks again before a large change, digit by digit", () => {
  mount(<Editor />, { m_401: RUNNING });
  type("2400");
  submit();
  expect(screen.getByRole("alert").textContent).toContain("from 1200 to 2400 rpm (+100 %)?");
});

test("the editor sends no target to a machine in a stop", () => {
  mount(<Editor />, { m_401: { ...RUNNING, status: "EMERGENCY_STOP" } });
  expect(screen.getByRole("alert").textContent).toContain("Not possible: m:401 is in EMERGENCY STOP");
  expect(screen.queryByRole("textbox")).toBeNull();
});

test("without a connection nothing can be sent, and the typed text stays", () => {
  const wire = mount(<Editor />, { m_401: RUNNING });
  type("1250");
  wire.end();
  expect(screen.getByRole("alert").textContent).toContain("Nothing is sent until it is live again");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Change" }).disabled).toBe(true);
  expect(screen.getByRole<HTMLInputElement>("textbox").value).toBe("1250");
});

test("the editor shows another person's open target, which prevents nothing", () => {
  const wire = mount(<Editor />, { m_401: RUNNING });
  const target = { txId: "theirs", value: 1100, by: { kind: "operator", name: "benedikt" }, ts: 1 };
  wire.report({}, { open: { m_401: { targetSpeed: target } } });
  expect(screen.getByText(/1,100 rpm by benedikt is under way/)).toBeTruthy();
  type("1250");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Change" }).disabled).toBe(false);
});

test("a conflict names both values and the person, and “Set mine anyway” uses the current rev", async () => {
  const wire = mount(<Editor />, { m_401: RUNNING });
  const posted: { txId: string }[] = [];
  vi.stubGlobal("fetch", (_path: string, { body }: RequestInit) => {
    posted.push(JSON.parse(String(body)));
    return new Promise(() => {});
  });
  type("1250");
  submit();
  submit(); // the first revs came after the editor was opened, so that it asks once more
  await vi.waitFor(() => expect(posted).toHaveLength(1), { timeout: WAIT_MS });
  const by = { kind: "operator", name: "benedikt" };
  const ended = { machine: "m_401", field: "targetSpeed", outcome: "conflict", rev: 9, by };
  wire.report(
    { m_401: { targetSpeed: 1100 } },
    { tx: [{ ...ended, txId: posted[0]?.txId }], revs: { m_401: { targetSpeed: 9 } } },
  );
  fireEvent.click(screen.getByRole("button", { name: "Back" })); // the test's editor stays open
  expect(screen.getByText(/benedikt set 1,100 rpm; you asked for 1,250 rpm\./)).toBeTruthy();
  fireEvent.click(screen.getByRole("button", { name: "Set mine anyway" }));
  await vi.waitFor(() => expect(posted).toHaveLength(2), { timeout: WAIT_MS });
  expect(posted[1]).toMatchObject({
    updates: { m_401: { targetSpeed: 1250 } },
    base: { m_401: { targetSpeed: 9 } },
  });
});
