/**
 * Lines and machines of a shift: each with its OEE, the machines that lost most first; a touch shows the inputs. On
 * paper a machine that lost nothing is only counted.
 */
import { Fragment, useState } from "react";
import { t } from "../../texts/catalogue.ts";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { OeeExplained } from "./OeeExplained.tsx";
import type { MachineShift, Oee, Report } from "./shifts.ts";
import { durationWords, shareWords, whyWords } from "./words.ts";

const SHOWN = 100;
const COLUMNS = ["oee", "availability", "performance", "quality", "down", "stops", "micro-stops"] as const;

interface Row {
  readonly key: string;
  readonly name: string;
  readonly oee: Oee;
  /** The machines of a line, or the one machine. */
  readonly machines: readonly MachineShift[];
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

const downOf = ({ oee }: MachineShift) => oee.seconds["unplanned-down"] ?? 0;

/** Whether it had an unplanned stop, even a short one. */
const hasLoss = (machine: MachineShift) => downOf(machine) > 0 || machine.stops > 0 || machine.microStops > 0;

/** The statuses that the plant file maps to no state. */
const unmapped = (machines: readonly MachineShift[]) =>
  [...new Set(machines.flatMap((machine) => machine.unmapped))].join(", ");

export function MachineOees({ report }: { report: Report }) {
  const [open, setOpen] = useState("");
  const [isWhole, setWhole] = useState(false);
  const worstFirst = [...report.machines].sort(
    (a, b) => downOf(b) - downOf(a) || b.stops - a.stops || b.microStops - a.microStops,
  );
  const rows: Row[] = [
    ...report.lines.map(({ line, oee }) => ({
      key: `line:${line}`,
      name: t("shifts-line-named", { line }),
      oee,
      machines: report.machines.filter((machine) => machine.line === line),
    })),
    ...worstFirst.map((machine) => ({
      key: machine.machine,
      name: machine.machine.replace("_", ":"),
      oee: machine.oee,
      machines: [machine],
    })),
  ];
  const shown = isWhole ? rows : rows.slice(0, SHOWN);
  const isPrinted = ({ key, machines }: Row) => key.startsWith("line:") || machines.some(hasLoss);
  const leftOut = rows.length - shown.filter(isPrinted).length;
  return (
    <>
      <ScrollingTable label={t("shifts-machines")} className="is-labelled">
        <thead>
          <tr>
            <th scope="col">{t("shifts-subject")}</th>
            {COLUMNS.map((id) => (
              <th key={id} scope="col" className="number">
                {t(`shifts-${id}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown
            .map((row) => ({ ...row, className: isPrinted(row) ? "" : "not-printed" }))
            .map(({ key, name, oee, machines, className }) => (
              <Fragment key={key}>
                <tr className={className}>
                  <th scope="row">
                    <button
                      type="button"
                      className="plain"
                      aria-expanded={open === key}
                      onClick={() => setOpen(open === key ? "" : key)}
                    >
                      {name}
                    </button>
                  </th>
                  {COLUMNS.map((id) => {
                    const { text, why } = figureOf(id, oee, machines);
                    return (
                      <td key={id} className="number" data-label={t(`shifts-${id}`)} title={why}>
                        {text}
                      </td>
                    );
                  })}
                </tr>
                {open === key && (
                  <tr className={className}>
                    <td colSpan={8}>
                      <OeeExplained oee={oee} />
                      {unmapped(machines) !== "" && (
                        <p className="amber">{t("shifts-unmapped", { statuses: unmapped(machines) })}</p>
                      )}
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
        </tbody>
      </ScrollingTable>
      {leftOut > 0 && <p className="only-printed">{t("shifts-left-out", { count: leftOut })}</p>}
      {shown.length < rows.length && (
        <p className="not-printed">
          <button type="button" onClick={() => setWhole(true)}>
            {t("shifts-all-machines", { count: report.machines.length })}
          </button>
        </p>
      )}
    </>
  );
}

function figureOf(
  column: (typeof COLUMNS)[number],
  oee: Oee,
  machines: readonly MachineShift[],
): { text: string | number; why?: string } {
  switch (column) {
    case "down":
      return { text: durationWords(oee.seconds["unplanned-down"] ?? 0) };
    case "stops":
      return { text: sum(machines.map((machine) => machine.stops)) };
    case "micro-stops":
      return { text: sum(machines.map((machine) => machine.microStops)) };
    default:
      return { text: shareWords(oee[column].value), why: whyWords(oee[column].why) };
  }
}
