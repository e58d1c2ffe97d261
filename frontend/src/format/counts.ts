/** Outcomes in words, by the groups of the contract (PRE-4): unknown and open are never "not applied". */
import { GLYPH, shown } from "../components/words.ts";
import { type Counts, GROUPS, type Group } from "../preview/index.ts";

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
