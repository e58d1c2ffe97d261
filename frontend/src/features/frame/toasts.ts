/** Toasts: the result of a commit, with its undo, and why something was not possible. */
import type { ExternalToast } from "sonner";
import { messageOf } from "../../api.ts";
import { machineId } from "../../contract/index.ts";
import { countSentence } from "../../format/counts.ts";
import { GLYPH, measured } from "../../format/index.ts";
import { endWords } from "../../format/sentences.ts";
import { countTargets, sizeOf, undoOf } from "../../preview/index.ts";
import { go } from "../../router.ts";
import { fetchBatch } from "../../session/batches.ts";
import { isWaiting } from "../../session/commits.ts";
import type { Session } from "../../session/session.ts";
import { type Notice, targetsOf } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { toast } from "../../ui/toast.ts";
import { openUndo } from "../upload/workbook.ts";

type Kind = Notice["kind"];

/**
 * One toast for each commit, rewritten as its rows end. Warnings and failures appear on every page; full success
 * appears only if no view shows it row by row. If something was applied, the toast offers to undo it.
 */
export function say(notice: Notice, session: Session): void {
  const { txId, kind } = notice;
  if (kind === "superseded" && !isByAnother(notice, session)) return;
  const machines = session.transaction(txId)?.targets.size ?? 0;
  if (machines <= 1) {
    sayNow(notice, session);
    return;
  }
  // A thousand rows can end at once, each with a notice. The last notice sums them up.
  if (!waiting.has(txId)) queueMicrotask(() => sayLast(txId, session));
  waiting.set(txId, notice);
}

/** Whether another person's target replaced the user's own. Nothing else on the page says so. */
function isByAnother({ by }: Notice, session: Session): boolean {
  return by?.kind === "operator" && by.name !== session.store.core.server.user?.name;
}

const waiting = new Map<string, Notice>();

function sayLast(txId: string, session: Session): void {
  const notice = waiting.get(txId);
  waiting.delete(txId);
  if (notice) sayNow(notice, session);
}

function sayNow(notice: Notice, session: Session): void {
  const { txId, kind, message } = notice;
  const transaction = session.transaction(txId);
  const targets = transaction ? targetsOf(transaction) : [];
  if (isWaiting(notice)) {
    toast.message(t("target-waits"), { id: txId, duration: DURATION_MS.failed });
    return;
  }
  if (transaction?.status === "failed") {
    toast.error(message, { id: txId, duration: DURATION_MS.failed }); // the whole batch was refused
    return;
  }
  if (targets.length <= 1) {
    if (kind === "reconciled" && watched.has(txId)) return;
    toastOf(kind)(wordsOf(notice, session), optionsOf(txId, kind, kind === "reconciled", session));
    return;
  }
  const counts = countTargets(targets);
  if (counts.open > 0) return;
  const worst: Kind = counts.notApplied > 0 ? "failed" : counts.unknown > 0 ? "unknown" : "reconciled";
  if (worst === "reconciled" && watched.has(txId)) return;
  toastOf(worst)(countSentence(counts), optionsOf(txId, worst, counts.applied > 0, session));
}

function wordsOf(
  { kind, machine, field: name, value, message, by, said: code }: Notice,
  session: Session,
): string {
  const id = machineId(machine);
  const field = session.plant.fieldsByName.get(name);
  if (kind === "reconciled" && field)
    return t("toast-applied", {
      machine: id,
      field: field.label || field.name,
      value: measured(field, value),
    });
  if (kind === "superseded" && field)
    return t("toast-superseded", {
      machine: id,
      field: field.label || field.name,
      value: measured(field, value),
      name: by?.name ?? "",
    });
  const ending = endWords({ outcome: kind, by, message, said: code });
  const words = kind === "late" ? `${GLYPH.confirmed} ${ending}` : ending;
  return words.includes(id) ? words : `${id}: ${words}`;
}

function optionsOf(txId: string, kind: Kind, canUndo: boolean, session: Session): ExternalToast {
  const undo = { label: t("toast-undo"), onClick: () => void undoInPreview(txId, session) };
  return { id: txId, duration: DURATION_MS[kind], action: canUndo ? undo : undefined };
}

/** Shows what an undo would change; nothing is sent before the person has confirmed it. */
async function undoInPreview(txId: string, session: Session): Promise<void> {
  try {
    const story = await fetchBatch(session.api, txId);
    if (sizeOf(undoOf(story, session.plant)) === 0) {
      toast.warning(t("toast-nothing-to-undo"));
      return;
    }
    openUndo(story, session);
    go({ view: "upload" });
  } catch (error) {
    sayFailed(error);
  }
}

const watched = new Set<string>();

/** While a view shows the outcomes of a commit row by row, no toast repeats its success. */
export function watchCommit(txId: string): () => void {
  watched.add(txId);
  toast.dismiss(txId);
  return () => watched.delete(txId);
}

const DURATION_MS: Record<Kind, number> = {
  reconciled: 10_000,
  failed: 10_000,
  conflict: 10_000,
  cancelled: 10_000,
  unknown: 20_000,
  late: 10_000,
  superseded: 10_000,
};

function toastOf(kind: Kind) {
  if (kind === "failed" || kind === "cancelled") return toast.error;
  if (kind === "conflict" || kind === "unknown" || kind === "late" || kind === "superseded")
    return toast.warning;
  return toast.success;
}

/** For requests that the server refused or did not answer. */
export function sayFailed(error: unknown): void {
  toast.error(messageOf(error));
}
