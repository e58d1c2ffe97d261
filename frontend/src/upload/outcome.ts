/** What became of one row of a preview, in the words of the board. */
import { GLYPH } from "../components/words.ts";
import type { Target } from "../store/machine/index.ts";
import type { DiffRow } from "./difference.ts";

export interface RowOutcome {
  readonly state: "optimistic" | "confirmed" | "reconciled" | "failed" | "conflict" | "unknown" | "left-out";
  readonly glyph: string;
  readonly text: string;
  /** Whether it may still end otherwise. */
  readonly isOpen: boolean;
}

type Targets = ReadonlyMap<string, ReadonlyMap<string, Target>> | undefined;

export function outcomeOf(row: DiffRow, wasSent: boolean, targets: Targets): RowOutcome {
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
