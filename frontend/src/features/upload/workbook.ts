/**
 * The state of an upload: nothing, reading, refused, a preview, committed.
 *
 * A preview holds what the person decided: corrected cells, ticked rows, the reason, all or nothing; and what they
 * were shown (PRE-1). Nothing is sent before the commit, and a cancel leaves nothing behind.
 */

import { create } from "zustand";
import type { Value } from "../../contract/index.ts";
import { fileProblem } from "../../format/sentences.ts";
import { WorkbookError } from "../../ingest/cells.ts";
import {
  type Asked,
  type Change,
  type Known,
  look,
  newPreview,
  type Row,
  type Preview as Rows,
  retryOf,
  sendsOf,
  sizeOf,
  tick,
  undoOf,
} from "../../preview/index.ts";
import type { Source, Story } from "../../session/batches.ts";
import type { Session } from "../../session/session.ts";
import { t } from "../../texts/catalogue.ts";
import { RefusedFile } from "../../workers/excelParser.ts";
import { commitTargets } from "../frame/commitTargets.ts";
import { amendedBy, type Fixes, type Repaired } from "./amended.ts";
import { type Choice, NO_CHOICE, type Reading, readCells, readWorkbook } from "./read.ts";
import type { Found } from "./wrongRows.ts";

export interface Workbook {
  readonly name: string;
  /** The person's original bytes, for the annotated copy; null for pasted cells. */
  readonly file: File | null;
  readonly sha256: string;
  /** The sheet that was read, and all sheets that can be read; none if there was no file. */
  readonly sheet: string;
  readonly sheets: readonly string[];
  /** Whether the file is text, and the encoding that the person chose; null if the reader chose it. */
  readonly isText: boolean;
  readonly encoding: string | null;
  readonly total: number;
  readonly asked: Asked;
  readonly found: Found;
  /** The batch that this one undoes or retries; null for a workbook. */
  readonly follows: Follows | null;
}

export interface Follows {
  readonly txId: string;
  readonly kind: "undo" | "retry";
}

interface Preview {
  phase: "preview";
  /** The session that the preview reads from and sends to. */
  session: Session;
  workbook: Workbook;
  fixes: Fixes;
  repaired: Repaired;
  /** The rows: what is shown and ticked, with which revs. */
  preview: Rows;
  /** Who changed the fields in conflict, by the keys of the rows. */
  changes: ReadonlyMap<string, Change>;
  isAtomic: boolean;
  reason: string;
}

export type Upload =
  | { phase: "empty" }
  | { phase: "reading"; name: string; done: number; total: number; cancel: () => void }
  | {
      phase: "refused";
      name: string;
      message: string;
      back: (() => void) | null;
      /** Reads the same file in another encoding; null if that cannot help. */
      reread: ((encoding: string | null) => void) | null;
      encoding: string | null;
    }
  | Preview
  | {
      phase: "committed";
      workbook: Workbook;
      txId: string;
      rows: readonly Row[];
      sent: ReadonlySet<string>;
    };

/** The upload in one of its phases. */
export type UploadIn<Phase extends Upload["phase"]> = Extract<Upload, { phase: Phase }>;

export const useUpload = create<Upload>(() => ({ phase: "empty" }));

const set = (upload: Upload) => useUpload.setState(upload, true);

/** Reads a workbook. A new one replaces one that is still being read. */
export function openFile(
  file: File,
  session: Session,
  choice: Choice = NO_CHOICE,
  back: (() => void) | null = null,
): void {
  const start = (reading: Reading) => readWorkbook(file, session.plant, reading, choice);
  const reread = (encoding: string | null) => openFile(file, session, { ...choice, encoding }, back);
  read(session, file.name, start, { back, reread, encoding: choice.encoding });
}

/** Reads cells from the clipboard, or a change in words, in the same way as a file. */
export function openCells(text: string, session: Session, name = t("pasted-cells")): void {
  const start = (reading: Reading) => readCells(text, name, session.plant, reading);
  read(session, name, start, { back: null, reread: null, encoding: null });
}

/** Reads another sheet of the open file. Corrections and omissions in the earlier sheet are dropped. */
export function openSheet(sheet: string): void {
  openAgain({ sheet, encoding: null });
}

/** Reads the open csv file in an encoding; null for the one that the reader finds. Otherwise like `openSheet`. */
export function openEncoding(encoding: string | null): void {
  openAgain({ sheet: null, encoding });
}

function openAgain(choice: Choice): void {
  const upload = useUpload.getState();
  if (upload.phase !== "preview" || !upload.workbook.file) return;
  const { session, workbook } = upload;
  openFile(upload.workbook.file, session, choice, () => show(session, workbook));
}

interface Ways {
  /** Goes back to the earlier state, if there was one. */
  readonly back: (() => void) | null;
  readonly reread: ((encoding: string | null) => void) | null;
  readonly encoding: string | null;
}

function read(
  session: Session,
  name: string,
  start: (reading: Reading) => Promise<Workbook>,
  { back, reread, encoding }: Ways,
): void {
  leave();
  const abort = new AbortController();
  const cancel = () => {
    abort.abort();
    if (back) back();
    else set({ phase: "empty" });
  };
  set({ phase: "reading", name, done: 0, total: 0, cancel });
  const onProgress = (done: number, total: number) => {
    if (!abort.signal.aborted) set({ phase: "reading", name, done, total, cancel });
  };
  start({ onProgress, signal: abort.signal }).then(
    (workbook) => {
      if (abort.signal.aborted) return;
      show(session, workbook);
    },
    (error: unknown) => {
      if (abort.signal.aborted) return;
      const sentence = error instanceof Error ? error.message : String(error);
      const message = fileProblem(error instanceof WorkbookError ? error : {}, sentence);
      const isText = error instanceof RefusedFile && error.isText;
      set({ phase: "refused", name, message, back, reread: isText ? reread : null, encoding });
    },
  );
}

/** Goes back to the beginning; a read in progress is dropped. */
export function leave(): void {
  const upload = useUpload.getState();
  if (upload.phase === "reading") upload.cancel();
  set({ phase: "empty" });
}

/** A preview, compared with the machines from its first paint on. */
function show(session: Session, workbook: Workbook): void {
  const changes = new Map<string, Change>();
  const preview = look(newPreview(workbook.asked), knownOf(session, changes));
  set({
    phase: "preview",
    session,
    workbook,
    fixes: {},
    repaired: {},
    preview,
    changes,
    isAtomic: false,
    reason: "",
  });
}

function knownOf(session: Session, changes: ReadonlyMap<string, Change>): Known {
  return { ...session.known(), change: (machine, field) => changes.get(`${machine} ${field}`) };
}

function amend(
  changeOf: (upload: Preview) => Partial<Omit<Preview, "phase" | "session" | "workbook">>,
): void {
  const upload = useUpload.getState();
  if (upload.phase === "preview") set({ ...upload, ...changeOf(upload) });
}

/** Changes the corrections and thus the targets. What was shown and ticked stays. */
function reshow(fixes: Fixes, repaired: Repaired): void {
  amend(({ session, workbook, preview, changes }) => ({
    fixes,
    repaired,
    preview: look(
      { ...preview, asked: amendedBy(workbook.asked, fixes, repaired) },
      knownOf(session, changes),
    ),
  }));
}

/** Compares the rows with the present plant: those of the changed machines, or all. */
export function lookAgain(changed?: ReadonlySet<string>): void {
  amend(({ session, preview, changes }) => ({ preview: look(preview, knownOf(session, changes), changed) }));
}

/** Who changed the fields in conflict. */
export function takeChanges(found: readonly Change[]): void {
  const changes = new Map(found.map((each) => [`${each.machine} ${each.field}`, each]));
  amend(({ session, preview }) => ({ changes, preview: look(preview, knownOf(session, changes)) }));
}

export function fixCell(machine: string, field: string, value: Value): void {
  const upload = useUpload.getState();
  if (upload.phase !== "preview") return;
  const { fixes, repaired } = upload;
  reshow({ ...fixes, [machine]: { ...fixes[machine], [field]: value } }, repaired);
}

/** Gives a row with errors a machine and these targets. */
export function repairRow(row: number, machine: string, targets: Readonly<Record<string, Value>>): void {
  const upload = useUpload.getState();
  if (upload.phase !== "preview") return;
  reshow({ ...upload.fixes, [machine]: targets }, { ...upload.repaired, [row]: machine });
}

/** Ticks or unticks rows; ticked rows take the revs that are shown now. */
export function choose(keys: readonly string[], isIn: boolean): void {
  amend(({ session, preview, changes }) => ({
    preview: tick(preview, keys, isIn, knownOf(session, changes)),
  }));
}

export const setAtomic = (isAtomic: boolean) => amend(() => ({ isAtomic }));
export const setReason = (reason: string) => amend(() => ({ reason }));

/**
 * Sends the ticked rows of a preview as they were shown, with the revs that it showed (PRE-1). Returns the txId; null
 * if nothing is sent.
 */
export function commitPreview(preview: Rows): string | null {
  const upload = useUpload.getState();
  if (upload.phase !== "preview") return null;
  const { session, workbook, fixes, isAtomic, reason } = upload;
  const { updates, base } = sendsOf(preview);
  if (Object.keys(updates).length === 0) return null;
  const source = sourceOf(workbook);
  // With other values, or as all-or-nothing, it is the person's own batch and no longer an undo or a retry.
  const isFollowed = Object.keys(fixes).length === 0 && !isAtomic;
  const txId = commitTargets(session, {
    updates,
    base,
    atomic: isAtomic,
    ...(workbook.follows && isFollowed ? { follows: workbook.follows } : {}),
    ...(source ? { source } : {}),
    ...(source && workbook.file ? { file: workbook.file } : {}),
    ...(reason.trim() ? { reason: reason.trim() } : {}),
  });
  if (txId === null) return null; // the connection is not live: the preview stays as it is
  const sent = new Set(preview.rows.filter(({ isTicked }) => isTicked).map(({ key }) => key));
  set({ phase: "committed", workbook, txId, rows: preview.rows, sent });
  return txId;
}

/**
 * What the audit stores about a file. If the name of its sheet cannot be stored, the sheet is found again by its rows.
 */
function sourceOf({ name, sha256, total, sheet, encoding }: Workbook): Source | null {
  if (!sha256) return null;
  return {
    filename: name,
    sha256,
    rows: total,
    ...(/^\P{C}{1,100}$/u.test(sheet) ? { sheet } : {}),
    ...(encoding === null ? {} : { encoding }),
  };
}

/** The values before a batch, as a preview: fields that others changed since are conflicts and are left out. */
export function openUndo(story: Story, session: Session): void {
  openStory(
    session,
    t("follows-undo", { batch: nameOf(story) }),
    story.txId,
    "undo",
    undoOf(story, session.plant),
  );
}

/** The targets that did not take effect, as a preview of another attempt. */
export function openRetry(story: Story, session: Session): void {
  openStory(
    session,
    t("follows-retry", { batch: nameOf(story) }),
    story.txId,
    "retry",
    retryOf(story, session.plant),
  );
}

function nameOf(story: Story): string {
  return story.source?.filename ?? t("follows-targets", { count: story.results.length });
}

function openStory(session: Session, name: string, txId: string, kind: Follows["kind"], asked: Asked): void {
  leave();
  show(session, {
    name,
    file: null,
    sha256: "",
    sheet: "",
    sheets: [],
    isText: false,
    encoding: null,
    total: sizeOf(asked),
    asked,
    found: {},
    follows: { txId, kind },
  });
}
