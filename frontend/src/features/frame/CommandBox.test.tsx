// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import type { toast as shown } from "sonner";
import { beforeEach, expect, test } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, plantWith, Refusal, RUNNING, type Wire } from "../../testing/mount.tsx";
import { showThrough } from "../../ui/toast.ts";
import { leave, useUpload } from "../upload/workbook.ts";
import { CommandBox } from "./CommandBox.tsx";

const TOPICS = ["line:01"];
const NUMBERS = Array.from({ length: 12 }, (_, at) => 401 + at);
const LARGE = plantWith(NUMBERS);

function Box() {
  useTopics(TOPICS);
  return <CommandBox />;
}

beforeEach(() => {
  window.history.replaceState(null, "", "/");
  leave();
});

function box(records: Parameters<typeof mount>[1] = {}, role = "operator", answers = {}): Wire {
  return mount(<Box />, records, answers, { plant: LARGE, role });
}

const input = () => screen.getByRole("combobox") as HTMLInputElement;
const options = () => screen.queryAllByRole("option").map((each) => each.textContent ?? "");
const type = (value: string) => fireEvent.change(input(), { target: { value } });
const press = (key: string) => fireEvent.keyDown(input(), { key });
const chosen = () => screen.getByRole("option", { selected: true }).textContent;

test("the empty box opens with the pages, and an administrator has one more", () => {
  box();
  expect(options()).toEqual([]);
  expect(input().getAttribute("aria-expanded")).toBe("false");
  fireEvent.focus(input());
  expect(input().getAttribute("aria-expanded")).toBe("true");
  expect(options()[0]).toBe("Plantoverview");
  expect(options().join()).not.toContain("People");
});

test("an administrator finds the people", () => {
  box({}, "admin");
  fireEvent.focus(input());
  expect(options().join()).toContain("People");
});

test("a machine is found by its number, with its status as it is now", () => {
  const wire = box({ m_401: RUNNING });
  type("401");
  expect(options()).toEqual(["m:401line 01Running"]);
  wire.report({ m_401: { status: "EMERGENCY_STOP" } });
  expect(options()).toEqual(["m:401line 01EMERGENCY STOP"]);
  wire.report({ m_401: { quality: "OFFLINE" } });
  expect(options()).toEqual(["m:401line 01Offline"]);
});

test("a machine without any data says so instead of showing a status", () => {
  box();
  type("401");
  expect(options()).toEqual(["m:401line 01Not known yet"]);
});

test("at most eight machines are listed, and the rest are counted", () => {
  box();
  type("m:4");
  expect(options()).toHaveLength(8);
  expect(screen.getByText("and 4 more machines")).toBeTruthy();
});

test("the box says that a text matches nothing", () => {
  box();
  type(" 99 ");
  expect(options()).toEqual([]);
  expect(screen.getByText("Nothing matches “99”.")).toBeTruthy();
});

test("arrows choose and stop at both ends", () => {
  box();
  type("m:40");
  expect(chosen()).toContain("m:401");
  press("ArrowUp");
  expect(chosen()).toContain("m:401");
  press("ArrowDown");
  expect(chosen()).toContain("m:402");
  expect(input().getAttribute("aria-activedescendant")).toBe("found-1");
  for (let times = 0; times < 20; times++) press("ArrowDown");
  expect(chosen()).toBe(options().at(-1));
});

test("another text chooses its first entry again", () => {
  box();
  type("m:40");
  press("ArrowDown");
  type("m:41");
  expect(chosen()).toContain("m:410");
});

test("Enter opens the chosen machine and leaves the box empty and closed", () => {
  box();
  type("m:40");
  press("ArrowDown");
  press("Enter");
  expect(window.location.pathname).toBe("/machines/m:402");
  expect(input().value).toBe("");
  expect(options()).toEqual([]);
});

test("a click opens an entry as Enter does", () => {
  box();
  type("m:403");
  fireEvent.click(screen.getByRole("option", { name: /m:403/ }));
  expect(window.location.pathname).toBe("/machines/m:403");
});

test("Escape closes the box and empties it, and a blur only closes it", () => {
  box();
  type("m:40");
  fireEvent.blur(input());
  expect(options()).toEqual([]);
  expect(input().value).toBe("m:40");
  fireEvent.click(input());
  expect(options()).not.toEqual([]);
  press("Escape");
  expect(options()).toEqual([]);
  expect(input().value).toBe("");
});

test("what had the focus before the box gets it back, by Escape and after a command that stays on the page", () => {
  box();
  const before = document.body.appendChild(document.createElement("button"));
  for (const leaving of [() => press("Escape"), () => press("Enter")]) {
    before.focus();
    act(() => input().focus());
    type("theme: light");
    leaving();
    expect(document.activeElement).toBe(before);
  }
  before.remove();
});

test("a theme is a parameter of the page", () => {
  box();
  type("theme: dark");
  press("Enter");
  expect(window.location.search).toBe("?theme=dark");
});

test("a target that is typed goes to the preview, and is not sent", () => {
  const sent: string[] = [];
  box({ m_401: RUNNING }, "operator", { "/api/batches": (_: unknown, path: string) => sent.push(path) });
  type("set 401 to 1300");
  expect(options()[0]).toBe("Set m:401 to 1300Target speed; shown before it is sent");
  press("Enter");
  expect(window.location.pathname).toBe("/upload");
  expect(useUpload.getState()).toMatchObject({ phase: "reading", name: "Set m:401 to 1300" });
  expect(sent).toEqual([]);
});

test("if a template cannot be made, the box says why", async () => {
  box({}, "operator", { "/api/template.xlsx": new Refusal(503, "The server is starting.") });
  const toasts: string[] = [];
  const end = showThrough({ error: (words: string) => toasts.push(words) } as unknown as typeof shown);
  type("template line 01");
  act(() => void press("Enter"));
  await waitFor(() => expect(toasts).toEqual(["The server is starting."]));
  end();
});
