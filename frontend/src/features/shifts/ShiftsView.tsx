/** A shift's report: OEE with its inputs, losses, stops and their reasons, changes, notes. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { dayWords } from "../../format/times.ts";
import { problemOf } from "../../queries.ts";
import { setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { ExportButtons } from "../batches/ExportButtons.tsx";
import { sayFailed } from "../frame/toasts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { Changes, Notes } from "./Handover.tsx";
import { Losses } from "./Losses.tsx";
import { MachineOees } from "./MachineOees.tsx";
import { OeeExplained } from "./OeeExplained.tsx";
import { ShiftAlarms, ShiftEvents } from "./ShiftEvents.tsx";
import { Stops } from "./Stops.tsx";
import { assignReason, fetchReport, fetchShifts, reportPath, type Shifts, writeNote } from "./shifts.ts";
import "./shifts.css";

const AGAIN_MS = 30_000;

export function ShiftsView() {
  const shifts = useQuery({
    queryKey: ["shifts"],
    queryFn: ({ signal }) => fetchShifts(api, signal),
    refetchInterval: 10 * AGAIN_MS,
  });
  const problem = problemOf(shifts);
  if (problem)
    return (
      <p className="refusal" role="alert">
        {problem}
      </p>
    );
  if (!shifts.data) return <p className="quiet">{t("shifts-reading")}</p>;
  if (shifts.data.shifts.length === 0)
    return (
      <div className="empty">
        <h1>{t("shifts-title")}</h1>
        <p>{t(shifts.data.isDefined ? "shifts-none" : "shifts-not-defined")}</p>
      </div>
    );
  return <Chosen shifts={shifts.data} />;
}

function Chosen({ shifts: { shifts, reasons } }: { shifts: Shifts }) {
  const { plant, clock } = usePlant();
  const since = useParam("shift") || String(shifts[0]?.since ?? "");
  const line = useParam("line");
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["shift", since, line],
    queryFn: ({ signal }) => fetchReport(api, since, line, signal),
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  const report = query.data;
  const problem = problemOf(query);
  const readAgain = () => client.invalidateQueries({ queryKey: ["shift"] });
  const act = (work: Promise<void>) =>
    work.then(readAgain, (error: unknown) => {
      sayFailed(error);
      throw error;
    });
  const isOld = !shifts.some((each) => String(each.since) === since);
  return (
    <div className="shift">
      <div className="view-head">
        <h1>
          {report
            ? t("shifts-of", { name: report.shift.name, date: dayWords(report.shift.date) })
            : t("shifts-one")}
        </h1>
        <span className="spring" />
        <ExportButtons
          exports={[
            {
              label: t("shifts-export"),
              start: (signal) =>
                api.download(reportPath(since, line, "xlsx"), "setpoint-shift.xlsx", { signal }),
            },
          ]}
        />
        <button type="button" onClick={() => window.print()}>
          {t("shifts-print")}
        </button>
      </div>
      <div className="filters">
        <label className="inline">
          <span>{t("shifts-one")}</span>
          <select value={since} onChange={(event) => setParam("shift", event.target.value)}>
            {isOld && <option value={since}>{report?.shift.name ?? since}</option>}
            {shifts.map((each) => (
              <option key={each.since} value={String(each.since)}>
                {dayWords(each.date)} {each.name}
              </option>
            ))}
          </select>
        </label>
        <label className="inline">
          <span>{t("shifts-line")}</span>
          <select value={line} onChange={(event) => setParam("line", event.target.value)}>
            <option value="">{t("shifts-all")}</option>
            {plant.lines.map(({ id, name }) => (
              <option key={id} value={id}>
                {name || id}
              </option>
            ))}
          </select>
        </label>
      </div>
      {problem && (
        <p className="refusal" role="alert">
          {problem}
        </p>
      )}
      {!report && !problem && <p className="quiet">{t("shifts-reading")}</p>}
      {report && (
        <>
          <p className="quiet above">
            {t(report.until < report.shift.until ? "shifts-so-far" : "shifts-span", {
              since: clock.full(report.shift.since),
              until: clock.full(report.shift.until),
              now: clock.time(report.until),
            })}
          </p>
          <OeeExplained oee={report.plant} />
          <h2>{t("shifts-losses")}</h2>
          <Losses losses={report.losses} />
          <h2>{t("shifts-stops")}</h2>
          <Stops
            report={report}
            reasons={reasons}
            onAssign={(assignment) => void act(assignReason(api, assignment)).catch(() => undefined)}
          />
          <h2>{t("shifts-machines")}</h2>
          <MachineOees report={report} />
          <h2>{t("frame-alarms")}</h2>
          <ShiftAlarms report={report} />
          <h2>{t("frame-events")}</h2>
          <ShiftEvents report={report} line={line} />
          <h2>{t("shifts-changes")}</h2>
          <Changes report={report} />
          <h2>{t("shifts-notes")}</h2>
          <Notes
            report={report}
            line={line}
            onNote={(to, text) => act(writeNote(api, to, report.shift.since, text))}
          />
        </>
      )}
    </div>
  );
}
