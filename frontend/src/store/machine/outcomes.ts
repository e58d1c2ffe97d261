/** What an outcome means for our own target: how it ends, and the message. Twin of `core/store/outcomes.py`. */
import { type By, isFinal, type Outcome, type TxOutcome } from "../../contract/index.ts";
import type { Message } from "../../contract/message.ts";
import type { NoticeKind, Result } from "./types.ts";

export type Ending = Exclude<NoticeKind, "late">;

/** The phase in which each final outcome of the server ends a target. */
export const ENDING: { readonly [outcome in Outcome]?: Ending } = {
  applied: "reconciled",
  diverged: "failed",
  blocked: "failed",
  conflict: "conflict",
  rejected: "failed",
  failed: "failed",
  cancelled: "cancelled",
  superseded: "superseded",
  unknown: "unknown",
};
export const REFUSALS: readonly Outcome[] = ["blocked", "conflict", "rejected", "failed"];
export const LANDED: readonly Outcome[] = ["applied", "diverged"];

export const UNKNOWN_WORDS = "No confirmation after 10 s. The machine may still take it.";
export const WORDS = {
  applied: "Applied",
  diverged: "Not applied: the machine reports another value",
  blocked: "Not applied: blocked",
  conflict: "Updated by another operator",
  rejected: "Not applied: refused by the server",
  failed: "Not applied: refused by the machine",
  cancelled: "Cancelled before it reached the machine",
  superseded: "Replaced by a newer target",
  unknown: UNKNOWN_WORDS,
} as const;

/** The server's outcome of one target: from the stream, or from the answer to a batch. */
export type ServerOutcome = TxOutcome | Result;

/** The message for an outcome that arrived after we had given up. */
export function lateEnd(outcome: Outcome): NoticeKind {
  if (outcome === "applied") return "late";
  return outcome === "conflict" || outcome === "cancelled" || outcome === "superseded" ? outcome : "failed";
}

/** The message of an outcome. `user` is the person who sees it. */
export function wordsOf(result: ServerOutcome, user: string | undefined): string {
  if (result.outcome === "conflict") return updatedBy(result.by, user);
  if (result.outcome === "cancelled" && result.by?.kind === "safety")
    return `Voided by ${result.by.name ?? ""}`;
  return result.message || (isFinal(result.outcome) ? WORDS[result.outcome] : "");
}

/** The code and arguments of the message; null if the store makes its own message (`wordsOf`). */
export function codedMessage({ outcome, by, said }: ServerOutcome): Message | null {
  if (outcome === "conflict" || (outcome === "cancelled" && by?.kind === "safety")) return null;
  return said ?? null;
}

/**
 * The message of a change by another person, by the same person in another window, by the machine itself, or by a stop
 * (CONF-2).
 */
export function updatedBy(by: By | null | undefined, user: string | undefined): string {
  if (by?.kind === "device") return "Updated at the machine";
  if (!by?.name) return WORDS.conflict;
  if (by.kind === "safety") return `Voided by ${by.name}`;
  return user === by.name ? "Updated by you in another window" : `Updated by another operator: ${by.name}`;
}
