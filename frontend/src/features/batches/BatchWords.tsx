/** A batch in words: its kind, and the number of its targets by outcome. */

import { type Outcome, Outcome as OutcomeSchema } from "../../contract/index.ts";
import { capital, GLYPH } from "../../format/index.ts";
import { endWords } from "../../format/sentences.ts";
import type { Result, Summary } from "../../session/batches.ts";
import { t } from "../../texts/catalogue.ts";

const LOOKS: Record<Outcome, readonly [glyph: string, tone: string]> = {
  pending: [GLYPH.pending, "blue"],
  accepted: [GLYPH.pending, "blue"],
  applied: [GLYPH.confirmed, ""],
  diverged: [GLYPH.failed, "critical"],
  blocked: [GLYPH.critical, "critical"],
  conflict: [GLYPH.conflict, "amber"],
  rejected: [GLYPH.failed, "critical"],
  failed: [GLYPH.failed, "critical"],
  cancelled: [GLYPH.failed, "critical"],
  superseded: ["", "quiet"],
  unknown: [GLYPH.unknown, "amber"],
};

export function OutcomeWords({
  result: { outcome, message, by, said },
}: {
  result: Pick<Result, "outcome" | "message" | "by" | "said">;
}) {
  const [glyph, tone] = LOOKS[outcome];
  const word = t(`outcome-${outcome}`);
  const why = message ? endWords({ outcome, message, by, said }) : "";
  const saysMore = why.toLowerCase() !== word.toLowerCase();
  return (
    <span className={tone}>
      {glyph} {capital(word)}
      {why && saysMore && <span>: {why}</span>}
    </span>
  );
}

export function Counts({ counts }: { counts: Readonly<Record<string, number>> }) {
  return (
    <>
      {OutcomeSchema.options
        .filter((outcome) => (counts[outcome] ?? 0) > 0)
        .map((outcome, index) => {
          const [glyph, tone] = LOOKS[outcome];
          return (
            <span key={outcome} className={tone}>
              {index > 0 && " · "}
              {glyph} {counts[outcome]} {t(`outcome-${outcome}`)}
            </span>
          );
        })}
    </>
  );
}

export function titleOf(batch: Pick<Summary, "kind" | "source">, total: number): string {
  if (batch.kind === "undo") return t("batch-undo-title");
  if (batch.kind === "retry") return t("batch-retry-title");
  return batch.source?.filename ?? t("batch-targets", { count: total });
}
