/**
 * What to show for a machine or one of its fields besides its values: one decision for tile, machine view and table,
 * so that all of them show the same state with the same shape, word and colour.
 */

import {
  type Clock,
  GLYPH,
  inSentence,
  isCritical,
  orEarlier,
  qualityWord,
  statusWord,
  type Value,
} from "../../format/index.ts";
import { endWords } from "../../format/sentences.ts";
import { isWaiting } from "../../session/commits.ts";
import type { MachineView, Notice, Overlay } from "../../store/machine/index.ts";
import { type Look, lookOf } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";

export interface Feedback {
  /** The CSS class that colours it. Tests use it too. */
  state: Exclude<Look, "idle"> | "held";
  glyph: string;
  text: string;
}

/** One sentence about a machine's quality or staleness; null while it is surely live. */
export function doubtOf(record: Readonly<Record<string, Value>>, isStale: boolean): string | null {
  const quality = record.quality;
  if (quality !== undefined && quality !== "GOOD") return qualityWord(quality);
  return isStale ? t("target-stale") : null;
}

const GLYPHS = {
  optimistic: GLYPH.pending,
  confirmed: GLYPH.confirmed,
  failed: GLYPH.failed,
  conflict: GLYPH.conflict,
  unknown: GLYPH.unknown,
} as const;

/** The feedback for a field; null for the default look. */
export function feedbackOf(overlay: Overlay | undefined, notice: Notice | undefined): Feedback | null {
  const { look } = lookOf(overlay, notice);
  if (look === "idle") return null;
  if (!overlay && notice && isWaiting(notice))
    return { state: "held", glyph: GLYPH.pending, text: t("target-waits") };
  const text =
    overlay || !notice
      ? t(look === "confirmed" ? "target-confirmed" : "target-pending")
      : endWords({ ...notice, outcome: notice.kind });
  return { state: look, glyph: GLYPHS[look], text };
}

/** Why no target can be given to this machine now, for people; null if one can. */
export function blockOf(id: string, view: MachineView | undefined, clock: Clock): string | null {
  if (!view) return t("block-not-reported", { machine: id });
  const { status, since, quality } = view.record;
  if (isCritical(status)) {
    const args = { machine: id, status: statusWord(status) };
    return typeof since === "number"
      ? t("block-critical-since", { ...args, time: orEarlier(view.record, clock.time) })
      : t("block-critical", args);
  }
  if (quality !== undefined && quality !== "GOOD") {
    return t("block-contact", { machine: id, quality: inSentence(qualityWord(quality)) });
  }
  return null;
}
