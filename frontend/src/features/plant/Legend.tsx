/** The legend: the meaning of each shape, the number of machines with it, and a filter for them. */

import { useMemo } from "react";
import { shown } from "../../format/index.ts";
import { useConcerns, useIsLive } from "../../hooks/useSession.ts";
import { setParam } from "../../router.ts";
import { STATES, type State } from "../../session/conditions.ts";
import { useKpis } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { countsFromFigures, notRunning } from "./counts.ts";
import { NOT_RUNNING } from "./filter.ts";
import { usePlant } from "./plantContext.ts";

const TITLES: { readonly [state in State]?: string } = {
  idle: "legend-idle-title",
  running: "legend-running-title",
};

function titleOf(state: State): string | undefined {
  const title = TITLES[state];
  return title && t(title);
}

export function Legend({ filter }: { filter: string }) {
  const { machines } = usePlant().plant;
  const concerns = useConcerns();
  const kpis = useKpis("dashboard:global");
  const isLive = useIsLive("dashboard:global");
  const counts = useMemo(
    () => countsFromFigures(kpis, concerns, (machine) => machines.has(machine)),
    [kpis, concerns, machines],
  );
  const largest = shown(null, machines.size);
  const isKnown = counts !== null && isLive;
  return (
    <fieldset className="legend">
      <legend className="unseen">{t("legend-title")}</legend>
      <button type="button" aria-pressed={filter === ""} onClick={() => setParam("filter", "")}>
        {t("legend-all", { count: machines.size })}
      </button>
      {STATES.filter((state) => state !== "waiting").map((state) => (
        <button
          key={state}
          type="button"
          title={titleOf(state)}
          aria-pressed={filter === state}
          onClick={() => setParam("filter", filter === state ? "" : state)}
        >
          <span className="cell-key" data-state={state} aria-hidden="true" />
          {/* As wide as the largest number, so that counting moves nothing. */}
          <span className="legend-count" data-room={largest}>
            {isKnown ? shown(null, counts[state]) : "–"}
          </span>{" "}
          {t(`legend-${state}`)}
        </button>
      ))}
      {filter === NOT_RUNNING && (
        <button type="button" aria-pressed="true" onClick={() => setParam("filter", "")}>
          <span className="legend-count" data-room={largest}>
            {isKnown ? shown(null, notRunning(kpis, concerns.critical.length)) : "–"}
          </span>{" "}
          {t("legend-not-running")}
        </button>
      )}
      <span className="legend-pending">
        <span className="cell-key" data-state="running" data-pending="" aria-hidden="true" />
        {t("legend-pending", { count: concerns.pending.length })}
      </span>
    </fieldset>
  );
}
