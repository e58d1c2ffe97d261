/** Alarms by priority, what to do about each, and figures for floods and chattering. Read again every two seconds. */
import { useQuery } from "@tanstack/react-query";
import { problemOf } from "../../queries.ts";
import { useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { TextFilter } from "../batches/ListFilters.tsx";
import { AlarmTable } from "./AlarmTable.tsx";
import { type Figures, fetchAlarms } from "./alarms.ts";
import "./alarms.css";

const LOOK_EVERY_MS = 2_000;

export function AlarmsView() {
  const line = useParam("line");
  const query = useQuery({
    queryKey: ["alarms", line],
    queryFn: ({ signal }) => fetchAlarms({ line }, signal),
    refetchInterval: LOOK_EVERY_MS,
  });
  const { data } = query;
  const problem = problemOf(query);
  return (
    <>
      <div className="view-head">
        <h1>{t("frame-alarms")}</h1>
      </div>
      <div className="filters">
        <TextFilter name="line" label={t("events-line")} />
      </div>
      {problem && (
        <p className="refusal" role="alert">
          {problem}
        </p>
      )}
      {!data && !problem && <p className="quiet">{t("changes-reading")}</p>}
      {data && (
        <>
          <FiguresLine figures={data.figures} />
          {data.defined === 0 && <p className="empty">{t("alarms-not-defined")}</p>}
          {data.defined > 0 && data.alarms.length === 0 && <p className="empty">{t("alarms-none")}</p>}
          {data.alarms.length > 0 && <AlarmTable alarms={data.alarms} />}
          <Worst figures={data.figures} labels={labelsOf(data.alarms)} />
        </>
      )}
    </>
  );
}

function FiguresLine({ figures }: { figures: Figures }) {
  return (
    <p role="status" className={`above ${figures.isFlood ? "amber" : "quiet"}`}>
      {t("alarms-raised", { count: figures.raised })}
      {figures.isFlood && ` ${t("alarms-flood")}`} {t("alarms-standing", { count: figures.standing })}
    </p>
  );
}

/** People know an alarm by its label; the plant file has its name. */
function labelsOf(alarms: readonly { name: string; label: string }[]): ReadonlyMap<string, string> {
  return new Map(alarms.map(({ name, label }) => [name, label]));
}

function Worst({ figures, labels }: { figures: Figures; labels: ReadonlyMap<string, string> }) {
  if (figures.worst.length === 0) return null;
  const chattering = new Set(figures.chattering.map(({ machine, name }) => `${machine} ${name}`));
  return (
    <section className="alarms-worst" aria-labelledby="alarms-worst">
      <h2 id="alarms-worst">{t("alarms-worst")}</h2>
      <ol>
        {figures.worst.map(({ machine, name, raised }) => (
          <li key={`${machine} ${name}`}>
            {machine.replace("_", ":")} {labels.get(name) ?? name}: {t("alarms-times", { count: raised })}
            {chattering.has(`${machine} ${name}`) && <span className="amber"> {t("alarms-chatters")}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
