/**
 * The workbooks that this tab has sent, beyond what the server knows of them: the rows that were not sent, and whether
 * a person has looked at the outcome. It survives a reload of the page and ends with the tab.
 */
import { create } from "zustand";
import { Value } from "../../contract/index.ts";
import { z } from "../../zod.ts";

const NotSent = z.object({
  key: z.string(),
  row: z.int().nullable(),
  machine: z.string().nullable(),
  /** The cell's text, if it named no machine. */
  name: z.string(),
  field: z.string().nullable(),
  now: Value,
  target: Value,
  isWrong: z.boolean(),
  reason: z.string(),
});
/** A row of a workbook that was not sent, and why. */
export type NotSentRow = z.infer<typeof NotSent>;

const SentBatch = z.object({
  txId: z.string(),
  name: z.string(),
  /** How many rows of the workbook were not sent; one row may have several errors. */
  leftOut: z.int(),
  notSent: z.array(NotSent),
  /** The targets that machines had already: `m_401 targetSpeed`. */
  unchanged: z.array(z.string()),
  /** The spreadsheet's row of each machine. */
  rows: z.record(z.string(), z.int()),
  isSeen: z.boolean(),
});
export type SentBatch = z.infer<typeof SentBatch>;

const KEY = "setpoint.sent";
const MOST = 5;

export const useSent = create<readonly SentBatch[]>(() => restored());

export function remember(batch: Omit<SentBatch, "isSeen">): void {
  keep([{ ...batch, isSeen: false }, ...useSent.getState()].slice(0, MOST));
}

/** Notes that a person has seen how the batch ended. */
export function see(txId: string): void {
  const batches = useSent.getState();
  if (batches.every((each) => each.txId !== txId || each.isSeen)) return;
  keep(batches.map((each) => (each.txId === txId ? { ...each, isSeen: true } : each)));
}

function keep(batches: readonly SentBatch[]): void {
  useSent.setState(batches, true);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(batches));
  } catch {
    forget();
  }
}

/** If the browser's storage is full or missing, the data lasts until the page is loaded again. */
function forget(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // The browser has no storage.
  }
}

function restored(): readonly SentBatch[] {
  try {
    return z.array(SentBatch).parse(JSON.parse(sessionStorage.getItem(KEY) ?? "[]"));
  } catch {
    return []; // stored by another version, or no storage
  }
}
