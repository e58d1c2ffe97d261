/**
 * The way of a workbook through the board, as one state: nothing, being read, refused, a preview, committed.
 *
 * A preview holds what the person decided on top of the workbook: cells fixed, rows taken in or left out, the
 * reason, all or nothing. It is never sent anywhere before the commit, and a cancel leaves nothing behind.
 */
import { create } from "zustand";
import type { Result, Story } from "../api/batches.ts";
import type { Plant } from "../api/plant.ts";
import { commitTargets, type Source } from "../commit.ts";
import { plural } from "../components/words.ts";
import type { Value } from "../protocol/index.ts";
import { type Asked, type DiffRow, type Fixes, isSendable, type Repaired } from "./difference.ts";
import { type Reading, readPasted, readWorkbook } from "./read.ts";

export interface Workbook {
  readonly name: string;
  /** The person's own bytes, to be handed back annotated; null for cells that were pasted. */
  readonly file: File | null;
  readonly sha256: string;
  readonly total: number;
  readonly asked: Asked;
  /** The batch that this one undoes or tries again; null for a workbook. */
  readonly follows: Follows | null;
}

export interface Follows {
  readonly txId: string;
  readonly kind: "undo" | "retry";
}

interface Preview {
  phase: "preview";
  workbook: Workbook;
  fixes: Fixes;
  repaired: Repaired;
  /** Rows by key that the person took in or left out against the default. */
  chosen: Readonly<Record<string, boolean>>;
  isAtomic: boolean;
  reason: string;
}

export type Upload =
  | { phase: "empty" }
  | { phase: "reading"; name: string; done: number; total: number; cancel: () => void }
  | { phase: "refused"; name: string; message: string }
  | Preview
  | {
      phase: "committed";
      workbook: Workbook;
      txId: string;
      rows: readonly DiffRow[];
      sent: ReadonlySet<string>;
    };

/** The upload in one of its phases. */
export type UploadIn<Phase extends Upload["phase"]> = Extract<Upload, { phase: Phase }>;

export const useUpload = create<Upload>(() => ({ phase: "empty" }));

const set = (upload: Upload) => useUpload.setState(upload, true);

/** Reads a workbook; the newest one wins over one that is still being read. */
export function openFile(file: File, plant: Plant): void {
  read(file.name, (reading) => readWorkbook(file, plant, reading));
}

/** Cells pasted from a spreadsheet go the same way as a file. */
export function openPasted(text: string, plant: Plant): void {
  read("Pasted cells", (reading) => readPasted(text, plant, reading));
}

function read(name: string, start: (reading: Reading) => Promise<Workbook>): void {
  leave();
  const abort = new AbortController();
  const cancel = () => {
    abort.abort();
    set({ phase: "empty" });
  };
  set({ phase: "reading", name, done: 0, total: 0, cancel });
  const onProgress = (done: number, total: number) => {
    if (!abort.signal.aborted) set({ phase: "reading", name, done, total, cancel });
  };
  start({ onProgress, signal: abort.signal }).then(
    (workbook) => {
      if (abort.signal.aborted) return;
      set({ phase: "preview", workbook, fixes: {}, repaired: {}, chosen: {}, isAtomic: false, reason: "" });
    },
    (error: unknown) => {
      if (abort.signal.aborted) return;
      set({ phase: "refused", name, message: error instanceof Error ? error.message : String(error) });
    },
  );
}

/** Back to the beginning; what was being read is dropped. */
export function leave(): void {
  const upload = useUpload.getState();
  if (upload.phase === "reading") upload.cancel();
  else set({ phase: "empty" });
}

function amend(change: Partial<Omit<Preview, "phase" | "workbook">>): void {
  const upload = useUpload.getState();
  if (upload.phase === "preview") set({ ...upload, ...change });
}

export function fixCell(machine: string, field: string, value: Value): void {
  const upload = useUpload.getState();
  if (upload.phase !== "preview") return;
  amend({ fixes: { ...upload.fixes, [machine]: { ...upload.fixes[machine], [field]: value } } });
}

/** Makes a row that was wrong speak of a machine, with these targets. */
export function repairRow(row: number, machine: string, targets: Readonly<Record<string, Value>>): void {
  const upload = useUpload.getState();
  if (upload.phase !== "preview") return;
  amend({
    fixes: { ...upload.fixes, [machine]: targets },
    repaired: { ...upload.repaired, [row]: machine },
  });
}

export function choose(keys: readonly string[], isIn: boolean): void {
  const upload = useUpload.getState();
  if (upload.phase !== "preview") return;
  amend({ chosen: { ...upload.chosen, ...Object.fromEntries(keys.map((key) => [key, isIn])) } });
}

export const setAtomic = (isAtomic: boolean) => amend({ isAtomic });
export const setReason = (reason: string) => amend({ reason });

/** Whether a row goes: changes do unless left out, conflicts only when the person takes them in. */
export function isChosen(row: DiffRow, chosen: Readonly<Record<string, boolean>>): boolean {
  return chosen[row.key] ?? row.kind !== "conflict";
}

export function toSend(rows: readonly DiffRow[], chosen: Readonly<Record<string, boolean>>): DiffRow[] {
  return rows.filter((row) => isSendable(row) && isChosen(row, chosen));
}

/**
 * Sends what is chosen, against the revs that the preview showed: who takes in a conflict overwrites what the
 * preview showed, nothing newer.
 */
export function commitPreview(
  rows: readonly DiffRow[],
  rev: (machine: string, field: string) => number | undefined,
): void {
  const upload = useUpload.getState();
  if (upload.phase !== "preview") return;
  const { workbook, chosen, isAtomic, reason } = upload;
  const going = toSend(rows, chosen);
  const updates: Record<string, Record<string, Value>> = {};
  const base: Record<string, Record<string, number>> = {};
  for (const { machine, field, target } of going) {
    if (machine === null || field === null || target === undefined) continue;
    updates[machine] ??= {};
    updates[machine][field.name] = target;
    const seen = rev(machine, field.name);
    if (seen === undefined) continue;
    base[machine] ??= {};
    base[machine][field.name] = seen;
  }
  if (Object.keys(updates).length === 0) return;
  const source: Source | null = workbook.sha256
    ? { filename: workbook.name, sha256: workbook.sha256, rows: workbook.total }
    : null;
  // Whole and unchanged, an undo or a second try is the server's own, which records what it follows.
  const isWhole = Object.keys(chosen).length === 0 && Object.keys(upload.fixes).length === 0 && !isAtomic;
  const txId = commitTargets({
    updates,
    base,
    atomic: isAtomic,
    ...(workbook.follows && isWhole ? { follows: workbook.follows } : {}),
    ...(source ? { source } : {}),
    ...(source && workbook.file ? { file: workbook.file } : {}),
    ...(reason.trim() ? { reason: reason.trim() } : {}),
  });
  set({ phase: "committed", workbook, txId, rows, sent: new Set(going.map((row) => row.key)) });
}

/** The values before a batch, as a preview: what others changed since shows as a conflict and is left out. */
export function openUndo(story: Story): void {
  const undone = story.results.filter(({ outcome }) => outcome === "applied" || outcome === "diverged");
  openStory(`Undo of ${nameOf(story)}`, story.txId, "undo", undone, (result) => result.before);
}

const RETRIED: readonly Result["outcome"][] = [
  "blocked",
  "conflict",
  "failed",
  "cancelled",
  "diverged",
  "unknown",
];

/** What did not take effect in a batch. */
export function retriedIn(story: Story): Result[] {
  return story.results.filter(({ outcome }) => RETRIED.includes(outcome));
}

/** What did not take effect, once more, as a preview. */
export function openRetry(story: Story): void {
  openStory(`Again: ${nameOf(story)}`, story.txId, "retry", retriedIn(story), (result) => result.asked);
}

function nameOf(story: Story): string {
  return story.source?.filename ?? plural(story.results.length, "target");
}

function openStory(
  name: string,
  txId: string,
  kind: Follows["kind"],
  results: readonly Result[],
  wanted: (result: Result) => Value | undefined,
): void {
  leave();
  const targets: Record<string, Record<string, Value>> = {};
  const expected: Record<string, Record<string, Value>> = {};
  for (const result of results) {
    const { machine, field } = result;
    const value = wanted(result);
    if (value === undefined || value === null) continue;
    targets[machine] = { ...targets[machine], [field]: value };
    if (kind === "undo") expected[machine] = { ...expected[machine], [field]: result.value };
  }
  const asked: Asked = { targets, rows: {}, base: {}, expected, errors: [], warnings: [], found: {} };
  const workbook: Workbook = {
    name,
    file: null,
    sha256: "",
    total: results.length,
    asked,
    follows: { txId, kind },
  };
  set({ phase: "preview", workbook, fixes: {}, repaired: {}, chosen: {}, isAtomic: false, reason: "" });
}
