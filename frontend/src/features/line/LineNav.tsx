/** The lines, always one click away, each with its problems. If there is no room, they are a list to choose from. */

import { memo } from "react";
import { GLYPH } from "../../format/index.ts";
import { useConcerns } from "../../hooks/useSession.ts";
import { go, useHrefs, useRoute } from "../../router.ts";
import type { LineCounts } from "../../session/concerns.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";

/**
 * Rendered again only if the lines, the concerns or the page change, and not with the frame around it, because a plant
 * may have hundreds of lines.
 */
export const LineNav = memo(function LineNav() {
  const { plant } = usePlant();
  const route = useRoute();
  const hrefOf = useHrefs();
  const { byLine } = useConcerns();
  const isPlant = route.view === "plant";
  const current =
    route.view === "line"
      ? route.line
      : route.view === "machine"
        ? plant.machines.get(route.machine)?.line
        : undefined;
  return (
    <nav className="rail" aria-label={t("lines-title")}>
      <a href={hrefOf({ view: "plant" })} aria-current={isPlant ? "page" : undefined}>
        {t("lines-plant")}
      </a>
      <select
        className="rail-choice"
        aria-label={t("lines-line")}
        value={current ?? ""}
        onChange={(event) => go({ view: "line", line: event.target.value })}
      >
        <option value="" disabled>
          {t("lines-line")}
        </option>
        {plant.lines.map(({ id }) => (
          <option key={id} value={id}>
            {t("frame-line", { line: id })} {countsText(byLine.get(id))}
          </option>
        ))}
      </select>
      {plant.lines.map(({ id, name }) => (
        <a
          key={id}
          className="rail-line"
          href={hrefOf({ view: "line", line: id })}
          aria-current={current === id ? "page" : undefined}
          title={name || t("frame-line", { line: id })}
        >
          <span className="clip">
            <span className="unseen">{t("lines-line")} </span>
            {id}
          </span>
          <Counts counts={byLine.get(id)} />
        </a>
      ))}
    </nav>
  );
});

const KINDS = [
  ["critical", GLYPH.critical, "critical", "lines-critical"],
  ["doubtful", GLYPH.stale, "amber", "lines-doubtful"],
  ["pending", GLYPH.pending, "blue", "lines-pending"],
] as const;

function Counts({ counts }: { counts: LineCounts | undefined }) {
  if (!counts) return null;
  return (
    <span className="rail-counts">
      {KINDS.filter(([kind]) => counts[kind] > 0).map(([kind, glyph, colour, word]) => (
        <span key={kind} className={colour}>
          {glyph}
          {counts[kind]}
          <span className="unseen"> {t(word)}</span>
        </span>
      ))}
    </span>
  );
}

function countsText(counts: LineCounts | undefined): string {
  if (!counts) return "";
  return KINDS.filter(([kind]) => counts[kind] > 0)
    .map(([kind, glyph]) => `${glyph}${counts[kind]}`)
    .join(" ");
}
