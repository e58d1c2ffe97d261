/** What happened on a line or at a machine: a ribbon of states for each machine, and the last events. */
import { useMemo } from "react";
import { setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { LastEvents } from "./LastEvents.tsx";
import { Ribbons } from "./Ribbons.tsx";
import { useStates } from "./useStates.ts";

const SPANS = [
  ["1h", 3_600],
  ["8h", 28_800],
  ["24h", 86_400],
  ["7d", 604_800],
] as const;
const USUAL = "8h";

/** `line`: the whole line with these machines; without it, one machine. */
export function WhatHappened({ machines, line }: { machines: readonly string[]; line?: string }) {
  const name = useParam("past") || USUAL;
  const last = SPANS.find(([each]) => each === name)?.[1] ?? 28_800;
  const span = useMemo(() => ({ last }), [last]);
  const { states, problem } = useStates(machines, span);
  return (
    <section className="panel wide" aria-labelledby="what-happened">
      <div className="view-head">
        <h2 id="what-happened">{t("events-what-happened")}</h2>
        <span className="spring" />
        <fieldset className="segments">
          <legend className="unseen">{t("trends-time-shown")}</legend>
          {SPANS.map(([each]) => (
            <label key={each}>
              <input
                type="radio"
                name="past"
                checked={each === name}
                onChange={() => setParam("past", each === USUAL ? "" : each)}
              />
              {each}
            </label>
          ))}
        </fieldset>
      </div>
      {problem && <p className="amber">{problem}</p>}
      {!states && !problem && <p className="quiet">{t("changes-reading")}</p>}
      {states && <Ribbons machines={machines} states={states} />}
      <LastEvents of={line === undefined ? { machine: machines[0] ?? "" } : { line }} />
    </section>
  );
}
