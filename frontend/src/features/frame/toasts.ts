/** Toasts: the result of a commit, and why something was not possible. */
import { toast } from "sonner";
import { messageOf } from "../../api.ts";
import { machineId } from "../../contract/index.ts";
import { countSentence } from "../../format/counts.ts";
import { GLYPH, linkHoldWords, withStatusWords } from "../../format/index.ts";
import { countTargets } from "../../preview/index.ts";
import type { Targets } from "../../session/commits.ts";
import type { Session } from "../../session/session.ts";
import { type Notice, targetsOf } from "../../store/machine/index.ts";

/** Commits the targets; where the connection is not live, a toast says why, and the answer is null. */
export function commitTargets(session: Session, targets: Targets): string | null {
  const hold = session.hold();
  if (hold) toast.warning(linkHoldWords(hold), { id: "hold", duration: DURATION_MS.unknown });
  return hold ? null : session.commits.commit(targets);
}

type Kind = Notice["kind"];

/**
 * One toast a commit, rewritten as its rows end. Warnings and failures are said on every page; that all is applied only
 * where no view shows it row by row.
 */
export function say({ txId, kind, message, machine }: Notice, session: Session): void {
  const id = machineId(machine);
  if (kind === "superseded") return;
  const transaction = session.transaction(txId);
  const targets = transaction ? targetsOf(transaction) : [];
  if (transaction?.status === "failed") {
    toast.error(message, { id: txId, duration: DURATION_MS.failed }); // the whole batch was refused
    return;
  }
  if (targets.length <= 1) {
    const said = withStatusWords(message);
    const words = kind === "late" ? `${GLYPH.confirmed} ${said}` : said;
    const text = words.includes(id) ? words : `${id}: ${words}`;
    if (kind !== "reconciled") toastOf(kind)(text, { id: txId, duration: DURATION_MS[kind] });
    return;
  }
  const counts = countTargets(targets);
  if (counts.open > 0) return;
  const worst: Kind = counts.notApplied > 0 ? "failed" : counts.unknown > 0 ? "unknown" : "reconciled";
  if (worst === "reconciled" && watched.has(txId)) return;
  toastOf(worst)(countSentence(counts), { id: txId, duration: DURATION_MS[worst] });
}

const watched = new Set<string>();

/** While a view shows what becomes of a commit row by row, no toast repeats its success. */
export function watchCommit(txId: string): () => void {
  watched.add(txId);
  toast.dismiss(txId);
  return () => watched.delete(txId);
}

const DURATION_MS: Record<Kind, number> = {
  reconciled: 5_000,
  failed: 10_000,
  conflict: 10_000,
  cancelled: 10_000,
  unknown: 20_000,
  late: 10_000,
  superseded: 0,
};

function toastOf(kind: Kind) {
  if (kind === "failed" || kind === "cancelled") return toast.error;
  if (kind === "conflict" || kind === "unknown" || kind === "late") return toast.warning;
  return toast.success;
}

/** For what a person asked and the server refused or never answered. */
export function sayFailed(error: unknown): void {
  toast.error(messageOf(error));
}
