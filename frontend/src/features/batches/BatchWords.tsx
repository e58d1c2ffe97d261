/** A batch in words: its kind, and the number of its targets by outcome. */

import { type Outcome, Outcome as OutcomeSchema } from "../../contract/index.ts";
import { GLYPH, plural } from "../../format/index.ts";
import type { Summary } from "../../session/batches.ts";

const WORDS: Record<Outcome, readonly [glyph: string, words: string, tone: string]> = {
  pending: [GLYPH.pending, "pending", "blue"],
  accepted: [GLYPH.pending, "accepted", "blue"],
  applied: [GLYPH.confirmed, "applied", ""],
  diverged: [GLYPH.failed, "diverged", "critical"],
  blocked: [GLYPH.critical, "blocked", "critical"],
  conflict: [GLYPH.conflict, "in conflict", "amber"],
  rejected: [GLYPH.failed, "rejected", "critical"],
  failed: [GLYPH.failed, "failed", "critical"],
  cancelled: [GLYPH.failed, "cancelled", "critical"],
  superseded: ["", "superseded", "quiet"],
  unknown: [GLYPH.unknown, "unknown", "amber"],
};

export function OutcomeWords({
  outcome,
  message,
}: {
  outcome: Outcome;
  message?: string | null | undefined;
}) {
  const [glyph, words, tone] = WORDS[outcome];
  return (
    <span className={tone}>
      {glyph} {words}
      {message && <span>: {message}</span>}
    </span>
  );
}

export function Counts({ counts }: { counts: Readonly<Record<string, number>> }) {
  return (
    <>
      {OutcomeSchema.options
        .filter((outcome) => (counts[outcome] ?? 0) > 0)
        .map((outcome, index) => {
          const [glyph, words, tone] = WORDS[outcome];
          return (
            <span key={outcome} className={tone}>
              {index > 0 && " · "}
              {glyph} {counts[outcome]} {words}
            </span>
          );
        })}
    </>
  );
}

export function titleOf(batch: Pick<Summary, "kind" | "source">, total: number): string {
  if (batch.kind === "undo") return "Undo";
  if (batch.kind === "retry") return "Second try";
  return batch.source?.filename ?? plural(total, "target");
}
