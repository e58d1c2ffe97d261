// @vitest-environment happy-dom
import { act, fireEvent, screen, within } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { useSession } from "../../session/context.tsx";
import type { Session } from "../../session/session.ts";
import { mount, RUNNING, type Wire } from "../../testing/mount.tsx";
import { Preview } from "./Preview.tsx";
import { leave, openUndo, useUpload } from "./workbook.ts";

const TOPICS = ["line:01"];

/** The preview of one workbook, once its machine is known. */
function Shown({ take }: { take: (session: Session) => void }) {
  const session = useSession();
  useTopics(TOPICS);
  take(session);
  const upload = useUpload();
  return upload.phase === "preview" ? <Preview state={upload} /> : null;
}

afterEach(() => leave());

function showPreview(targets: Record<string, number>, record = RUNNING): Wire {
  let session: Session | null = null;
  const wire = mount(<Shown take={(each) => (session = each)} />, { m_401: record });
  const results = Object.entries(targets).map(([field, before]) => ({
    machine: "m_401",
    field,
    outcome: "applied" as const,
    value: 1,
    rev: 1,
    before,
  }));
  act(() => {
    if (session)
      openUndo({ txId: "t", status: "done", person: "anna", at: 1, kind: "commit", results }, session);
  });
  return wire;
}

const row = (text: RegExp) => screen.getAllByRole("row").find((each) => text.test(each.textContent ?? ""));

test("a row has the machine's value, the target and the change, and is ticked", async () => {
  showPreview({ targetSpeed: 1500 });
  const cells = within(row(/m:401/) as HTMLElement).getAllByRole("cell");
  expect(cells.map((cell) => cell.textContent).slice(1, 7)).toEqual([
    "",
    "m:401",
    "Target speed",
    "1,200 rpm",
    "1,500 rpm",
    "+25 %",
  ]);
  expect(screen.getByRole("button", { name: "Change 1 target" })).toBeTruthy();
});

test("a row that is left out is not counted and not sent", async () => {
  showPreview({ targetSpeed: 1500 });
  fireEvent.click(screen.getByRole("checkbox", { name: "m:401 Target speed" })); // an undo has no sheet with rows
  expect((screen.getByRole("button", { name: "Change 0 targets" }) as HTMLButtonElement).disabled).toBe(true);
});

test("a machine in a stop is blocked, with its status, and has no box to tick", async () => {
  showPreview({ targetSpeed: 1500 }, { ...RUNNING, status: "EMERGENCY_STOP" });
  expect(row(/Blocked: line 01, EMERGENCY STOP/)).toBeTruthy();
  expect(screen.queryByRole("checkbox", { name: /m:401/ })).toBeNull();
});

test("another person's open target of the field is shown beside the row", async () => {
  const wire = showPreview({ targetSpeed: 1500 });
  const open = {
    m_401: { targetSpeed: { txId: "x", value: 1100, by: { kind: "operator", name: "bert" }, ts: 1 } },
  };
  wire.report({}, { open });
  expect(row(/1,100 rpm by bert is under way/)).toBeTruthy();
});

test("a row whose field changed after it was shown is a conflict, and is sent only when it is ticked again", async () => {
  const wire = showPreview({ targetSpeed: 1500 });
  wire.report({ m_401: { targetSpeed: 900 } }, { revs: { m_401: { targetSpeed: 2 } } });
  expect(await screen.findByText(/Conflict: Changed since, after it was shown here/)).toBeTruthy();
  expect((screen.getByRole("button", { name: "Change 0 targets" }) as HTMLButtonElement).disabled).toBe(true);
  fireEvent.click(screen.getByRole("checkbox", { name: /m:401/ }));
  expect((screen.getByRole("button", { name: "Change 1 target" }) as HTMLButtonElement).disabled).toBe(false);
});

test("a target that is corrected in place is checked like a cell of the workbook", async () => {
  showPreview({ targetSpeed: 1500 });
  fireEvent.click(screen.getByRole("button", { name: "Fix the target 1,500 rpm of m:401" }));
  const input = screen.getByRole("textbox", { name: "Target of m:401" });
  fireEvent.change(input, { target: { value: "9999" } });
  fireEvent.keyDown(input, { key: "Enter" });
  expect(input.getAttribute("aria-invalid")).toBe("true");
  fireEvent.change(input, { target: { value: "1300" } });
  fireEvent.keyDown(input, { key: "Enter" });
  expect(row(/1,300 rpm \(fixed\)/)).toBeTruthy();
});
