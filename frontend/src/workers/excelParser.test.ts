import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Form } from "../ingest/index.ts";
import { parseWorkbook } from "./excelParser.ts";
import { MAX_READ_MS } from "./limits.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** A worker that sends the messages that a test gives it. */
class ScriptedWorker {
  static last: ScriptedWorker;
  readonly received: ToWorker[] = [];
  isTerminated = false;
  onmessage: ((event: { data: FromWorker }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;

  constructor() {
    ScriptedWorker.last = this;
  }

  postMessage(message: ToWorker): void {
    this.received.push(message);
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message });
  }

  terminate(): void {
    this.isTerminated = true;
  }
}

const FORM: Form = { idColumn: "Machine ID", idAliases: [], fields: [], machines: [] };
const FILE = new Blob(["x"]);
const REST = { sheet: "S", headerRow: 1, sheets: [], base: {}, summary: { total: 2, valid: 1, invalid: 1 } };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("Worker", ScriptedWorker);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("puts the pieces together, acknowledging each, and ends the worker [XL-8]", async () => {
  const progress: number[] = [];
  const parsed = parseWorkbook(FILE, FORM, { txId: "tx", onProgress: ({ done }) => progress.push(done) });
  const worker = ScriptedWorker.last;
  const issue = { row: 3, code: "required", column: "Target Speed" };
  worker.say({ type: "progress", progress: { done: 500, total: 1200 } });
  worker.say({ type: "rows", machines: ["m_401"], targets: [{ targetSpeed: 1 }], rows: [2] });
  worker.say({ type: "issues", errors: [issue], warnings: [] });
  worker.say({ type: "found", found: { 3: { "Machine ID": "m:402" } } });
  worker.say({ type: "done", rest: REST, sha256: "ab", isText: true });
  expect(await parsed).toEqual({
    ingested: {
      batch: {
        txId: "tx",
        validRows: { m_401: { targetSpeed: 1 } },
        errors: [issue],
        warnings: [],
        summary: REST.summary,
      },
      sheet: "S",
      headerRow: 1,
      sheets: [],
      rows: { m_401: 2 },
      base: {},
    },
    found: { 3: { "Machine ID": "m:402" } },
    sha256: "ab",
    isText: true,
  });
  expect(progress).toEqual([500]);
  expect(worker.received.map(({ type }) => type)).toEqual(["parse", "ack", "ack", "ack"]);
  expect(worker.isTerminated).toBe(true);
});

it("ends the worker at once when it is cancelled, and returns nothing [XL-8]", async () => {
  const abort = new AbortController();
  const parsed = parseWorkbook(FILE, FORM, { txId: "tx", signal: abort.signal });
  ScriptedWorker.last.say({ type: "rows", machines: ["m_401"], targets: [{ targetSpeed: 1 }], rows: [2] });
  abort.abort();
  await expect(parsed).rejects.toThrow(/abort/i);
  expect(ScriptedWorker.last.isTerminated).toBe(true);
});

it("ends a worker that has not finished within 30 s [XL-7]", async () => {
  const parsed = parseWorkbook(FILE, FORM, { txId: "tx" });
  const refused = expect(parsed).rejects.toMatchObject({ code: "too_slow" });
  await vi.advanceTimersByTimeAsync(MAX_READ_MS);
  await refused;
  expect(ScriptedWorker.last.isTerminated).toBe(true);
});

it("treats the death of a worker as a refusal [XL-7]", async () => {
  const died = parseWorkbook(FILE, FORM, { txId: "tx" });
  ScriptedWorker.last.onerror?.(new Error("out of memory"));
  await expect(died).rejects.toMatchObject({ code: "reader_died" });
  const refused = parseWorkbook(FILE, FORM, { txId: "tx" });
  const args = { row: 3 };
  ScriptedWorker.last.say({ type: "refused", code: "empty", message: "It is empty.", args, isText: true });
  await expect(refused).rejects.toMatchObject({ code: "empty", message: "It is empty.", args, isText: true });
});
