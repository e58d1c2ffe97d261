// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, RUNNING } from "../../testing/mount.tsx";
import { TargetEditor } from "./TargetEditor.tsx";

const TOPICS = ["line:01"];
const onClose = vi.fn();

function Editor() {
  useTopics(TOPICS);
  return <TargetEditor machine="m_401" onClose={onClose} />;
}

const type = (text: string) => fireEvent.change(screen.getByRole("textbox"), { target: { value: text } });
const submit = () => fireEvent.submit(document.querySelector("form") as HTMLFormElement);

test("a value outside the range is refused with the range, and the editor stays", () => {
  mount(<Editor />, { m_401: RUNNING });
  type("3001");
  submit();
  expect(screen.getByRole("alert").textContent).toMatch(/0 to 3,?000 rpm/);
  expect(onClose).not.toHaveBeenCalled();
});

test("a big change is asked about once more, digit by digit", () => {
  mount(<Editor />, { m_401: RUNNING });
  type("2400");
  submit();
  expect(screen.getByRole("alert").textContent).toContain("from 1200 to 2400 rpm (+100 %)?");
});

test("a machine in a stop takes no target", () => {
  mount(<Editor />, { m_401: { ...RUNNING, status: "EMERGENCY_STOP" } });
  expect(screen.getByRole("alert").textContent).toContain("Not possible: m:401 is in EMERGENCY STOP");
  expect(screen.queryByRole("textbox")).toBeNull();
});

test("without a connection nothing can be sent, and what was typed stays", () => {
  const wire = mount(<Editor />, { m_401: RUNNING });
  type("1250");
  wire.end();
  expect(screen.getByRole("alert").textContent).toContain("Nothing is sent until it is live again");
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Change" }).disabled).toBe(true);
  expect(screen.getByRole<HTMLInputElement>("textbox").value).toBe("1250");
});
