/**
 * The worker that reads workbooks, in the thread of the test: the real code, with a scope of its own instead of a
 * thread's. While it is held, its messages wait.
 */
import { vi } from "vitest";
import type { FromWorker, ToWorker } from "../workers/messages.ts";

type Scope = Pick<typeof globalThis, "crypto" | "location"> & {
  onmessage: ((event: { data: ToWorker }) => void) | null;
  postMessage: (message: FromWorker) => void;
};

let held: FromWorker[] | null = null;
let reading: LocalWorker | null = null;

class LocalWorker {
  onmessage: ((event: { data: FromWorker }) => void) | null = null;
  onerror: ((event: unknown) => void) | null = null;

  postMessage(message: ToWorker): void {
    if (message.type === "parse") reading = this;
    void started.then(() => scope.onmessage?.({ data: message }));
  }

  terminate(): void {
    if (reading === this) reading = null;
  }
}

const scope: Scope = {
  crypto: globalThis.crypto,
  location: globalThis.location,
  onmessage: null,
  postMessage: (message) => {
    if (held) held.push(message);
    else reading?.onmessage?.({ data: message });
  },
};
let started: Promise<unknown> = Promise.resolve();

/** Workers of this page are local from now on. */
export function readHere(): void {
  held = null;
  vi.stubGlobal("Worker", LocalWorker);
  vi.stubGlobal("self", scope);
  started = import("../workers/excelParser.worker.ts");
}

/** The worker's messages wait for `release`. */
export function hold(): void {
  held = [];
}

/** How many of the worker's messages wait. */
export const heldMessages = (): number => held?.length ?? 0;

/** Passes on what waits: the first messages, or all of them and whatever follows. */
export function release(count = Infinity): void {
  const waiting = held?.splice(0, count) ?? [];
  if (count === Infinity) held = null;
  for (const message of waiting) reading?.onmessage?.({ data: message });
}
