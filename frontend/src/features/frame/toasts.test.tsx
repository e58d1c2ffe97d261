// @vitest-environment happy-dom
import { act } from "@testing-library/react";
import type { toast as shown } from "sonner";
import { afterEach, expect, test, vi } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { useSession } from "../../session/context.tsx";
import type { Session } from "../../session/session.ts";
import { mount, RUNNING, type Wire } from "../../testing/mount.tsx";
import { WAIT_MS } from "../../testing/patience.ts";
import { loadPages } from "../../texts/catalogue.ts";
import { showThrough } from "../../ui/toast.ts";
import { leave, useUpload } from "../upload/workbook.ts";
import { say } from "./toasts.ts";

const TOPICS = ["line:01"];
const by = { kind: "operator", name: "anna" };
const STORY = {
  txId: "t1",
  status: "done",
  person: "anna",
  at: 1,
  results: [
    {
      machine: "m_401",
      field: "targetSpeed",
      outcome: "applied",
      value: 1250,
      rev: 2,
      asked: 1250,
      before: 1200,
    },
  ],
};

let session: Session;
let name = "";

function Around() {
  session = useSession();
  useTopics(TOPICS);
  const upload = useUpload();
  name = upload.phase === "preview" ? upload.workbook.name : "";
  return null;
}

interface Toast {
  kind: string;
  words: string;
  action?: { label: string; onClick: () => void };
}

/** What the page would show, newest last. */
function screen(): Toast[] {
  const toasts: Toast[] = [];
  const kinds = ["message", "success", "warning", "error", "dismiss"];
  const note = (kind: string) => (words: string, options?: { action?: Toast["action"] }) =>
    toasts.push({ kind, words, ...(options?.action ? { action: options.action } : {}) });
  end = showThrough(Object.fromEntries(kinds.map((kind) => [kind, note(kind)])) as unknown as typeof shown);
  return toasts;
}
let end = () => {};
afterEach(() => {
  end();
  leave();
});

function notice(kind: "reconciled" | "failed" | "superseded") {
  const message = kind === "failed" ? "The drive is locked" : "";
  const about = { machine: "m_401", field: "targetSpeed", txId: "t1", value: 1250, untilMs: 0 };
  return { ...about, kind, message, by } as Parameters<typeof say>[0];
}

function board(): Wire {
  return mount(<Around />, { m_401: RUNNING }, { "/api/batches/t1": STORY });
}

test("the toast of a change that was applied undoes it as a preview, and sends nothing", async () => {
  await loadPages();
  board();
  const toasts = screen();
  act(() => say(notice("reconciled"), session));
  expect(toasts).toMatchObject([{ kind: "success", action: { label: "Undo" } }]);
  toasts[0]?.action?.onClick();
  await vi.waitFor(() => expect(name).toMatch(/^Undo of/), { timeout: WAIT_MS });
  expect(window.location.pathname).toBe("/upload");
});

test("a change that was not applied has nothing to undo", () => {
  board();
  const toasts = screen();
  act(() => say(notice("failed"), session));
  expect(toasts).toEqual([{ kind: "error", words: "m:401: The drive is locked" }]);
});

test("a toast says that another person replaced a target, but not that the person's own newer target did", () => {
  board();
  const toasts = screen();
  act(() => say(notice("superseded"), session));
  expect(toasts).toEqual([]);
  act(() => say({ ...notice("superseded"), by: { kind: "operator", name: "ben" } }, session));
  const words = "m:401: Target speed 1,250 rpm was replaced by a newer target of ben.";
  expect(toasts.map((each) => [each.kind, each.words.replaceAll("\u00a0", " ")])).toEqual([
    ["warning", words],
  ]);
});

test("a thousand rows that end together make one toast", async () => {
  const toasts = screen();
  const machines = Array.from({ length: 1_000 }, (_, number) => `m_${number}`);
  const target = { phase: "failed", outcome: "rejected", message: null };
  const targets = new Map(machines.map((machine) => [machine, new Map([["targetSpeed", target]])]));
  const many = { transaction: () => ({ status: "inflight", targets }) } as unknown as Session;
  for (const machine of machines) say({ ...notice("failed"), machine }, many);
  await Promise.resolve();
  expect(toasts).toEqual([{ kind: "error", words: expect.stringContaining("1,000 not applied") }]);
});
