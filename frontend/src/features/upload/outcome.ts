/** The state of a commit and the outcome of each row of its preview, in the words of the board. */

import type { Plant } from "../../contract/plant.ts";
import { type Clock, GLYPH, outcomeWord } from "../../format/index.ts";
import { endWords } from "../../format/sentences.ts";
import { type Counts, countTargets, type Group, groupOfTarget, type Row } from "../../preview/index.ts";
import { isWaiting } from "../../session/commits.ts";
import type { Target, Transaction } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { noteWords } from "./notes.ts";

export interface RowOutcome {
  readonly state: "optimistic" | "confirmed" | "reconciled" | "failed" | "conflict" | "unknown" | "left-out";
  readonly glyph: string;
  readonly text: string;
  /** Why it was not sent; undefined if it was. */
  readonly reason?: string;
}

export interface FollowedRow {
  readonly row: Row;
  readonly outcome: RowOutcome;
  readonly group: Group;
}

/** A commit from the click to its last outcome: on its way to the server, followed row by row, over. */
export interface Course {
  readonly stage: "committing" | "following" | "done";
  readonly rows: readonly FollowedRow[];
  readonly counts: Counts;
}

/** The data for the words of a row. */
export interface Terms {
  readonly clock: Clock;
  readonly plant: Plant;
}

/** The progress of a preview's rows; `sent` are the keys of the sent ones, which come first. */
export function courseOf(
  rows: readonly Row[],
  sent: ReadonlySet<string>,
  transaction: Transaction | undefined,
  terms: Terms,
): Course {
  const followed: FollowedRow[] = [];
  const leftOut: FollowedRow[] = [];
  const targets: Target[] = [];
  const wrong = new Set<number | null>();
  for (const row of rows) {
    if (row.state === "unchanged") continue;
    const wasSent = sent.has(row.key);
    const target = wasSent ? targetOf(row, transaction) : undefined;
    if (target) targets.push(target);
    if (row.state === "error") wrong.add(row.row);
    if (wasSent) {
      const group = target ? groupOfTarget(target) : "unknown";
      followed.push({ row, outcome: sentOutcome(target), group });
    } else leftOut.push({ row, outcome: unsentOutcome(row, terms), group: "notSent" });
  }
  const errors = leftOut.filter(({ row }) => row.state === "error").length;
  const counts = countTargets(targets, leftOut.length - errors + wrong.size);
  const open = counts.open;
  // The stream often has outcomes of the first rows before the answer comes: then the batch has arrived.
  const hasArrived =
    open < sent.size || (transaction?.status !== "optimistic" && transaction?.status !== "inflight");
  const stage = open === 0 ? "done" : hasArrived ? "following" : "committing";
  return { stage, rows: [...followed, ...leftOut], counts };
}

function targetOf({ machine, field }: Row, transaction: Transaction | undefined): Target | undefined {
  return machine && field ? transaction?.targets.get(machine)?.get(field) : undefined;
}

export function unsentOutcome(row: Row, { clock, plant }: Terms): RowOutcome {
  const isBad = row.state === "error" || row.state === "blocked";
  const note = noteWords(row, clock, plant, true);
  return {
    state: isBad ? "failed" : "left-out",
    glyph: isBad ? GLYPH.failed : "",
    text: t("ended-not-sent", { reason: note || t("ended-left-out") }),
    reason: note || t("ended-left-out"),
  };
}

function sentOutcome(target: Target | undefined): RowOutcome {
  return target
    ? targetOutcome(target)
    : { state: "unknown", glyph: GLYPH.unknown, text: t("ended-see-batch") };
}

export function targetOutcome(target: Target): RowOutcome {
  const { phase, outcome } = target;
  const message = target.message === null ? null : endWords({ ...target, outcome: outcome ?? phase });
  // The server sent an outcome for a target that this page had given up (PRE-4).
  if (phase !== "reconciled" && groupOfTarget(target) === "applied") {
    return { state: "reconciled", glyph: GLYPH.confirmed, text: t("ended-late") };
  }
  switch (phase) {
    case "optimistic":
    case "inflight":
      return { state: "optimistic", glyph: GLYPH.pending, text: t("ended-pending") };
    case "confirmed":
      return {
        state: "confirmed",
        glyph: GLYPH.pending,
        text: t("ended-accepted"),
      };
    case "reconciled":
      return { state: "reconciled", glyph: GLYPH.confirmed, text: t("ended-applied") };
    case "conflict":
      return {
        state: "conflict",
        glyph: GLYPH.conflict,
        text: message ?? t("ended-conflict"),
      };
    case "unknown":
      return {
        state: "unknown",
        glyph: GLYPH.unknown,
        text: message ?? t("ended-unknown"),
      };
    case "superseded":
      return { state: "left-out", glyph: "", text: t("ended-superseded") };
    case "failed":
    case "cancelled":
      if (target.message && isWaiting({ message: target.message }))
        return { state: "unknown", glyph: GLYPH.pending, text: t("target-waits") };
      return {
        state: "failed",
        glyph: GLYPH.failed,
        text: message ?? t("ended-not-applied", { outcome: outcomeWord(outcome ?? phase) }),
      };
  }
}
