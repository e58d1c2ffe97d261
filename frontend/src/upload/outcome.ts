/** Where a commit stands, and what became of each row of its preview, in the words of the board. */
import { GLYPH } from "../components/words.ts";
import type { Target, Transaction } from "../store/machine/index.ts";
import type { DiffRow } from "./difference.ts";

export interface RowOutcome {
  readonly state: "optimistic" | "confirmed" | "reconciled" | "failed" | "conflict" | "unknown" | "left-out";
  readonly glyph: string;
  readonly text: string;
  /** Whether it may still end otherwise. */
  readonly isOpen: boolean;
}

export interface FollowedRow {
  readonly row: DiffRow;
  readonly outcome: RowOutcome;
}

/** A commit from the click to its last outcome: on its way to the server, followed row by row, over. */
export interface Course {
  readonly stage: "committing" | "following" | "done";
  readonly rows: readonly FollowedRow[];
  /** Rows that may still end otherwise. */
  readonly open: number;
  readonly applied: number;
  /** Rows that were sent and ended otherwise. */
  readonly notApplied: number;
}

/** How it stands with the rows of a preview, `sent` being the keys of those that went; they come first. */
export function courseOf(
  rows: readonly DiffRow[],
  sent: ReadonlySet<string>,
  transaction: Transaction | undefined,
): Course {
  const followed: FollowedRow[] = [];
  const leftOut: FollowedRow[] = [];
  let open = 0;
  let applied = 0;
  let notApplied = 0;
  for (const row of rows) {
    if (row.kind === "unchanged") continue;
    const wasSent = sent.has(row.key);
    const outcome = outcomeOf(row, wasSent, transaction?.targets);
    (wasSent ? followed : leftOut).push({ row, outcome });
    if (outcome.isOpen) open += 1;
    else if (outcome.state === "reconciled") applied += 1;
    else if (wasSent) notApplied += 1;
  }
  // The stream often tells of the first rows before the answer comes: then it has arrived.
  const hasArrived =
    open < sent.size || (transaction?.status !== "optimistic" && transaction?.status !== "inflight");
  const stage = open === 0 ? "done" : hasArrived ? "following" : "committing";
  return { stage, rows: [...followed, ...leftOut], open, applied, notApplied };
}

function outcomeOf(row: DiffRow, wasSent: boolean, targets: Transaction["targets"] | undefined): RowOutcome {
  if (!wasSent) {
    const isBad = row.kind === "error" || row.kind === "blocked";
    return {
      state: isBad ? "failed" : "left-out",
      glyph: isBad ? GLYPH.failed : "",
      text: `Not sent${row.note ? `: ${row.note}` : ": left out"}`,
      isOpen: false,
    };
  }
  const target = row.machine && row.field ? targets?.get(row.machine)?.get(row.field.name) : undefined;
  if (!target) return { state: "unknown", glyph: GLYPH.unknown, text: "See the batch's page", isOpen: false };
  return targetOutcome(target);
}

export function targetOutcome({ phase, message, outcome }: Target): RowOutcome {
  switch (phase) {
    case "optimistic":
    case "inflight":
      return { state: "optimistic", glyph: GLYPH.pending, text: "Pending", isOpen: true };
    case "confirmed":
      return {
        state: "confirmed",
        glyph: GLYPH.pending,
        text: "Accepted, waiting for the machine's report",
        isOpen: true,
      };
    case "reconciled":
      return { state: "reconciled", glyph: GLYPH.confirmed, text: "Applied", isOpen: false };
    case "conflict":
      return {
        state: "conflict",
        glyph: GLYPH.conflict,
        text: message ?? "Updated by another operator",
        isOpen: false,
      };
    case "unknown":
      return {
        state: "unknown",
        glyph: GLYPH.unknown,
        text: message ?? "No confirmation. The machine may still take it.",
        isOpen: false,
      };
    case "superseded":
      return { state: "left-out", glyph: "", text: "Replaced by a newer target", isOpen: false };
    case "failed":
    case "cancelled":
      return {
        state: "failed",
        glyph: GLYPH.failed,
        text: message ?? `Not applied (${outcome ?? phase})`,
        isOpen: false,
      };
  }
}
