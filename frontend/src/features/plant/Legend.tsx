/** The legend: the meaning of each shape, the number of machines with it, and a filter for them. */
import { useMemo } from "react";
import { shown } from "../../format/index.ts";
import { useConcerns, useConnection } from "../../hooks/useSession.ts";
import { setParam } from "../../router.ts";
import { STATES, type State } from "../../session/conditions.ts";
import { useKpis } from "../../store/machine/index.ts";
import { notRunning } from "../alerts/AlertBar.tsx";
import { countsFromFigures } from "./counts.ts";
import { NOT_RUNNING } from "./filter.ts";
import { usePlant } from "./plantContext.ts";

const WORDS: { readonly [state in State]: string } = {
  critical: "in trouble",
  doubtful: "not live",
  idle: "idle",
  running: "running",
  waiting: "not heard of",
};

const TITLES: { readonly [state in State]?: string } = {
  idle: "Idle, held, in set-up or otherwise not running, without an alarm and in contact",
  running: "Running, and surely live",
};

export function Legend({ filter }: { filter: string }) {
  const { machines } = usePlant().plant;
  const concerns = useConcerns();
  const kpis = useKpis("dashboard:global");
  const { state: link } = useConnection();
  const counts = useMemo(
    () => countsFromFigures(kpis, concerns, (machine) => machines.has(machine)),
    [kpis, concerns, machines],
  );
  const isKnown = counts !== null && link === "CONNECTED";
  return (
    <fieldset className="legend">
      <legend className="unseen">Show machines that are</legend>
      <button type="button" aria-pressed={filter === ""} onClick={() => setParam("filter", "")}>
        All {shown(null, machines.size)}
      </button>
      {STATES.filter((state) => state !== "waiting").map((state) => (
        <button
          key={state}
          type="button"
          title={TITLES[state]}
          aria-pressed={filter === state}
          onClick={() => setParam("filter", filter === state ? "" : state)}
        >
          <span className="cell-key" data-state={state} aria-hidden="true" />
          {isKnown ? shown(null, counts[state]) : "–"} {WORDS[state]}
        </button>
      ))}
      {filter === NOT_RUNNING && (
        <button type="button" aria-pressed="true" onClick={() => setParam("filter", "")}>
          {isKnown ? shown(null, notRunning(kpis)) : "–"} not running
        </button>
      )}
      <span className="legend-pending">
        <span className="cell-key" data-state="running" data-pending="" aria-hidden="true" />
        {concerns.pending.length} pending
      </span>
    </fieldset>
  );
}
