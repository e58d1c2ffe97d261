/** The number of rows by outcome; each figure filters the list. The choice is in the address. */
import { groupWords } from "../../format/counts.ts";
import type { Counts, Group } from "../../preview/index.ts";
import { setParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { ORDER } from "./rows.ts";

const NAMES: { readonly [group in Group]: string } = {
  notApplied: "not-applied",
  unknown: "unknown",
  open: "open",
  applied: "applied",
  notSent: "not-sent",
};

/** The group that an address names; null for all. */
export function groupNamed(name: string): Group | null {
  return ORDER.find((group) => NAMES[group] === name) ?? null;
}

interface FiguresProps {
  counts: Counts;
  total: number;
  chosen: Group | null;
}

export function Figures({ counts, total, chosen }: FiguresProps) {
  const groups = ORDER.filter((group) => group === "applied" || group === chosen || counts[group] > 0);
  const figure = (group: Group | null, words: string) => (
    <label key={group ?? "all"}>
      <input
        type="radio"
        name="outcome"
        checked={chosen === group}
        onChange={() => setParam("outcome", group ? NAMES[group] : "")}
      />
      {words}
    </label>
  );
  return (
    <fieldset className="segments figures">
      <legend className="unseen">{t("upload-show")}</legend>
      {figure(null, t("batch-all-outcomes", { count: total }))}
      {groups.map((group) => figure(group, groupWords(group, counts[group])))}
    </fieldset>
  );
}
