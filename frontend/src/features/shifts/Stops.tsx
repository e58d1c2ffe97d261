/** The stops of a shift, and their reasons; those without one come first. */
import { useState } from "react";
import { statusWord } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { ReasonPicker } from "./ReasonPicker.tsx";
import type { Assignment, Reason, Report, Stop } from "./shifts.ts";
import { durationWords, reasonPath } from "./words.ts";

const SHOWN = 100;

interface Props {
  readonly report: Report;
  readonly reasons: readonly Reason[];
  readonly onAssign: (assignment: Assignment) => void;
}

/** The report's name for the author of a reason that no person gave (SHIFT-6). */
const THE_MACHINE = "the machine";

export function Stops({ report, reasons, onAssign }: Props) {
  const { plant, clock } = usePlant();
  const [open, setOpen] = useState<Stop | null>(null);
  const [isWhole, setWhole] = useState(false);
  const isSoFar = report.until < report.shift.until;
  const ordered = [...report.stops].sort(
    (one, other) =>
      Number(one.reason !== null) - Number(other.reason !== null) ||
      other.until - other.since - (one.until - one.since),
  );
  const shown = isWhole ? ordered : ordered.slice(0, SHOWN);
  if (ordered.length === 0) return <p className="quiet">{t("shifts-no-stops")}</p>;
  return (
    <>
      <ScrollingTable label={t("shifts-stops")} className="is-list">
        <thead>
          <tr>
            <th scope="col">{t("shifts-machine")}</th>
            <th scope="col">{t("shifts-from")}</th>
            <th scope="col">{t("shifts-until")}</th>
            <th scope="col" className="number">
              {t("shifts-lasted")}
            </th>
            <th scope="col">{t("shifts-said")}</th>
            <th scope="col">{t("shifts-reason")}</th>
            <th scope="col">{t("shifts-by")}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((stop) => (
            <tr key={`${stop.machine} ${stop.since}`}>
              <th scope="row">
                <a href={hrefOf({ view: "machine", machine: stop.machine })}>
                  {stop.machine.replace("_", ":")}
                </a>
              </th>
              <td>{clock.time(stop.since)}</td>
              <td>{isSoFar && stop.until >= report.until ? t("shifts-still") : clock.time(stop.until)}</td>
              <td className="number">{durationWords(stop.until - stop.since)}</td>
              <td className="quiet">{causeWords(stop)}</td>
              <td>
                <button
                  type="button"
                  className={stop.reason === null ? "reason is-missing" : "reason"}
                  disabled={plant.machines.get(stop.machine)?.mayChange !== true}
                  onClick={() => setOpen(stop)}
                >
                  {stop.reason === null ? t("shifts-uncategorised") : reasonPath(stop.reason, reasons)}
                </button>
              </td>
              <td className="quiet">
                {stop.by === THE_MACHINE ? t("shifts-by-machine") : stop.by}
                {stop.text && `: ${stop.text}`}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollingTable>
      {shown.length < ordered.length && (
        <p>
          <button type="button" onClick={() => setWhole(true)}>
            {t("shifts-all-stops", { count: ordered.length })}
          </button>
        </p>
      )}
      {report.cut > 0 && <p className="quiet">{t("shifts-cut", { count: report.cut })}</p>}
      {open && (
        <ReasonPicker
          stop={open}
          reasons={reasons}
          onClose={() => setOpen(null)}
          onAssign={(assignment) => {
            setOpen(null);
            onAssign(assignment);
          }}
        />
      )}
    </>
  );
}

function causeWords({ status, cause }: Stop): string {
  const word = status === null ? "" : statusWord(status);
  return cause ? `${word}: ${cause}` : word;
}
