/** Outcomes in words, by the groups of the contract (PRE-4): unknown and open are never "not applied". */

import { type Counts, GROUPS, type Group } from "../preview/index.ts";
import { GLYPH, plural, shown } from "./index.ts";

const WORDS: Record<Group, readonly [glyph: string, word: string]> = {
  open: [GLYPH.pending, "open"],
  applied: [GLYPH.confirmed, "applied"],
  notApplied: [GLYPH.failed, "not applied"],
  unknown: [GLYPH.unknown, "unknown"],
  notSent: ["", "not sent"],
};

/** `◆ 3 open · ✓ 38 applied · ✕ 1 not applied · ? 2 unknown`; the applied ones also where there are none. */
export function countWords(counts: Counts): string {
  return GROUPS.filter((group) => group === "applied" || counts[group] > 0)
    .map((group) =>
      [...WORDS[group].slice(0, 1), shown(null, counts[group]), WORDS[group][1]].filter(Boolean).join(" "),
    )
    .join(" · ");
}

/** `38 of 42 targets applied, 1 not applied, 3 unknown.`: the same as a sentence. */
export function countSentence({ open, applied, notApplied, unknown }: Counts): string {
  const total = open + applied + notApplied + unknown;
  return `${[
    `${shown(null, applied)} of ${plural(total, "target")} applied`,
    notApplied > 0 ? `${shown(null, notApplied)} not applied` : "",
    unknown > 0 ? `${shown(null, unknown)} unknown` : "",
  ]
    .filter(Boolean)
    .join(", ")}.`;
}
