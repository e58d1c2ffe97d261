/** The alarms and the events of a shift, and the way to all of them. */
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { keyOf, kindWords, messageWords, whatOf } from "../events/events.ts";
import { usePlant } from "../plant/plantContext.ts";
import type { Report } from "./shifts.ts";

export function ShiftAlarms({ report: { alarms, cutAlarms } }: { report: Report }) {
  const { clock } = usePlant();
  if (alarms.length === 0) return <p className="quiet">{t("shifts-no-alarms")}</p>;
  return (
    <>
      <ScrollingTable label={t("frame-alarms")} className="is-list">
        <thead>
          <tr>
            <th scope="col">{t("alarms-priority")}</th>
            <th scope="col">{t("alarms-alarm")}</th>
            <th scope="col">{t("shifts-machine")}</th>
            <th scope="col" className="number">
              {t("shifts-raised")}
            </th>
            <th scope="col" className="number">
              {t("shifts-acknowledged")}
            </th>
            <th scope="col">{t("shifts-last-at")}</th>
          </tr>
        </thead>
        <tbody>
          {alarms.map(({ machine, name, label, priority, raised, acknowledged, lastAt }) => (
            <tr key={`${machine} ${name}`}>
              <td>{t(`alarms-priority-${priority}`)}</td>
              <th scope="row">{label || name}</th>
              <td>{machine.replace("_", ":")}</td>
              <td className="number">{raised}</td>
              <td className="number">{acknowledged}</td>
              <td>{clock.time(lastAt)}</td>
            </tr>
          ))}
        </tbody>
      </ScrollingTable>
      {cutAlarms && <p className="quiet">{t("shifts-cut-alarms")}</p>}
    </>
  );
}

export function ShiftEvents({ report, line }: { report: Report; line: string }) {
  const { plant, clock } = usePlant();
  const { events, cutEvents, shift } = report;
  return (
    <>
      {events.length === 0 && <p className="quiet">{t("shifts-no-events")}</p>}
      {cutEvents && <p className="quiet">{t("shifts-cut-events")}</p>}
      <ol className="shift-list shift-events">
        {events.map((event) => (
          <li key={keyOf(event)}>
            <time>{clock.time(event.at)}</time> {event.machine.replace("_", ":")} {kindWords(event)}{" "}
            {whatOf(event, plant)}
            {event.message && <span className="quiet"> {messageWords(event)}</span>}
          </li>
        ))}
      </ol>
      <p className="not-printed">
        <a href={hrefOf({ view: "events" }, { shift: String(shift.since), line })}>
          {t("shifts-all-events")}
        </a>
      </p>
    </>
  );
}
