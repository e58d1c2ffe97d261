/** Outcomes in words, by the groups of the contract (PRE-4): unknown and open are never "not applied". */

import { type Counts, GROUPS, type Group } from "../preview/index.ts";
import { t } from "../texts/catalogue.ts";
import { GLYPH } from "./index.ts";

const GLYPHS: Record<Group, string> = {
  open: `${GLYPH.pending} `,
  applied: `${GLYPH.confirmed} `,
  notApplied: `${GLYPH.failed} `,
  unknown: `${GLYPH.unknown} `,
  notSent: "",
};

/** `◆ 3 open · ✓ 38 applied · ✕ 1 not applied · ? 2 unknown`; the applied ones are listed even if there are none. */
export function countWords(counts: Counts): string {
  return GROUPS.filter((group) => group === "applied" || counts[group] > 0)
    .map((group) => groupWords(group, counts[group]))
    .join(" · ");
}

/** `✕ 31 not applied` */
export function groupWords(group: Group, count: number): string {
  return GLYPHS[group] + t(`counts-${group}`, { count });
}

/** `38 of 42 targets applied, 1 not applied, 3 unknown.`: the same as a sentence. */
export function countSentence({ open, applied, notApplied, unknown }: Counts): string {
  const total = open + applied + notApplied + unknown;
  return `${[
    t("counts-of", { applied, total }),
    notApplied > 0 ? t("counts-notApplied", { count: notApplied }) : "",
    unknown > 0 ? t("counts-unknown", { count: unknown }) : "",
  ]
    .filter(Boolean)
    .join(", ")}.`;
}
