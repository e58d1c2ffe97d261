/** Lines and machines of a shift: each with its OEE; a touch shows the inputs. */
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

/** The statuses that the plant file maps to no state. */
const unmapped = (machines: readonly MachineShift[]) =>
  [...new Set(machines.flatMap((machine) => machine.unmapped))].join(", ");

export function MachineOees({ report }: { report: Report }) {
  const [open, setOpen] = useState("");
  const [isWhole, setWhole] = useState(false);
  const rows: Row[] = [
    ...report.lines.map(({ line, oee }) => ({
      key: `line:${line}`,
      name: t("shifts-line-named", { line }),
      oee,
      machines: report.machines.filter((machine) => machine.line === line),
    })),
    ...report.machines.map((machine) => ({
      key: machine.machine,
      name: machine.machine.replace("_", ":"),
      oee: machine.oee,
      machines: [machine],
    })),
  ];
  const shown = isWhole ? rows : rows.slice(0, SHOWN);
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
          {shown.map(({ key, name, oee, machines }) => (
            <Fragment key={key}>
              <tr>
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
                <tr>
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
      {shown.length < rows.length && (
        <p>
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
