/** One row of the plant's picture: the line's name with its problems, a cell for each machine, and its KPIs. */

import { memo } from "react";
import { GLYPH, inSentence, statusWord } from "../../format/index.ts";
import { useFreshness } from "../../hooks/useLiveSocket.ts";
import { useConcerns, useConditions } from "../../hooks/useSession.ts";
import { type Route, useHrefs } from "../../router.ts";
import type { Condition } from "../../session/conditions.ts";
import { useKpis } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { runningOf } from "./counts.ts";
import { passes } from "./filter.ts";
import { percent } from "./Kpis.tsx";
import { usePlant } from "./plantContext.ts";

interface WallRowProps {
  line: string;
  filter: string;
  top: number;
  /** Whether there is room for the machines' numbers. */
  hasNumbers: boolean;
}

const NONE = { critical: 0, doubtful: 0 };

/** Beside the name is the number of machines in trouble; if there are none, the number that are not live. */
export const WallRow = memo(function WallRow({ line, filter, top, hasNumbers }: WallRowProps) {
  const topic = `line:${line}`;
  const kpis = useKpis(topic);
  const { isStale } = useFreshness("dashboard:global");
  const { critical, doubtful } = useConcerns().byLine.get(line) ?? NONE;
  const hrefOf = useHrefs();
  const about = usePlant().plant.lines.find(({ id }) => id === line);
  const words = [
    about?.name || t("frame-line", { line }),
    critical > 0 && t("wall-critical", { count: critical }),
    doubtful > 0 && t("wall-doubtful", { count: doubtful }),
  ]
    .filter(Boolean)
    .join(" · ");
  return (
    <section
      className={`wall-row ${isStale ? "is-stale" : ""}`}
      style={{ ["--top" as string]: `${top}px` }}
      aria-label={t("frame-line", { line })}
    >
      <a className="wall-line" href={hrefOf({ view: "line", line })} title={words}>
        <strong className="clip">{line}</strong>
        {critical > 0 ? (
          <span className="critical" title={words}>
            {GLYPH.critical}
            {critical}
          </span>
        ) : (
          doubtful > 0 && (
            <span className="amber" title={words}>
              {GLYPH.stale}
              {doubtful}
            </span>
          )
        )}
      </a>
      <Cells line={line} filter={filter} hasNumbers={hasNumbers} />
      <span className="wall-figures">
        <span>{runningOf(kpis, critical)?.join("/") ?? "–"}</span>
        <span title={t("wall-available")}>{percent(kpis?.availability)}</span>
      </span>
    </section>
  );
});

function Cells({ line, filter, hasNumbers }: { line: string; filter: string; hasNumbers: boolean }) {
  const conditions = useConditions(line);
  const hrefOf = useHrefs();
  // Until the plant's topic has arrived, nothing is drawn: thousands of empty cells would be drawn again a moment
  // later.
  if (conditions.every(({ state }) => state === "waiting")) return <div className="cells is-waiting" />;
  return (
    <div className="cells">
      {conditions.map((condition) => (
        <Cell
          key={condition.machine}
          condition={condition}
          hrefOf={hrefOf}
          isFaint={!passes(condition, filter)}
          hasNumber={hasNumbers}
        />
      ))}
    </div>
  );
}

interface CellProps {
  condition: Condition;
  /** Does not match the filter. */
  isFaint: boolean;
  hasNumber: boolean;
  hrefOf: (route: Route) => string;
}

const Cell = memo(
  ({ condition: { machine, state, status, isPending }, isFaint, hasNumber, hrefOf }: CellProps) => (
    <a
      className={isFaint ? "cell is-faint" : "cell"}
      href={hrefOf({ view: "machine", machine })}
      data-cell={machine}
      data-state={state}
      data-condition={status}
      data-pending={isPending ? "" : undefined}
      aria-label={`${machine.replace("_", ":")} ${inSentence(status === null ? t("wall-waiting") : statusWord(status))}`}
    >
      {hasNumber && <span className="cell-number clip">{machine.slice(machine.indexOf("_") + 1)}</span>}
    </a>
  ),
  (before, after) =>
    before.isFaint === after.isFaint &&
    before.hasNumber === after.hasNumber &&
    before.hrefOf === after.hrefOf &&
    before.condition.machine === after.condition.machine &&
    before.condition.state === after.condition.state &&
    before.condition.status === after.condition.status &&
    before.condition.isPending === after.condition.isPending,
);
