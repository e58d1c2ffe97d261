/** The chart as words and a table, for people who do not see it or want the numbers. */

import { useState } from "react";
import { outcomeWord, shown, statusWord } from "../../format/index.ts";
import { groupOf } from "../../preview/index.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import type { Marks } from "./chartMarks.ts";
import { labelOf } from "./lineLabel.ts";
import { type Plot, rowsOf } from "./plot.ts";

const MOST_ROWS = 40;

export function TrendTable({ plot, marks }: { plot: Plot; marks: Marks }) {
  const { plant, clock } = usePlant();
  const [isOpen, setOpen] = useState(false);
  const fieldOf = (name: string) => plant.fields.find((field) => field.name === name) ?? null;
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("trends-table")}</summary>
      {isOpen && (
        <div className="table-scroll">
          <table className="table">
            <caption className="unseen">{t("trends-values")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("trends-time")}</th>
                {plot.lines.map((line) => (
                  <th key={line.key} scope="col" className="number">
                    {labelOf(line, fieldOf(line.field))}
                    {line.unit && `, ${line.unit}`}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rowsOf(plot, MOST_ROWS).map((row) => (
                <tr key={row.at}>
                  <th scope="row">{clock.time(row.at)}</th>
                  {row.values.map((value, place) => (
                    <td key={plot.lines[place]?.key} className="number">
                      {shown(fieldOf(plot.lines[place]?.field ?? ""), value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {marks.changes.length > 0 && (
            <ul className="trends-list" aria-label={t("trends-changes")}>
              {marks.changes.map((change) => (
                <li key={`${change.at} ${change.machine} ${change.field} ${change.outcome}`}>
                  {t("trends-changed", {
                    time: clock.time(change.at),
                    person: change.by,
                    machine: change.machine.replace("_", ":"),
                    field: fieldOf(change.field)?.label || change.field,
                    before: shown(fieldOf(change.field), change.before),
                    after: shown(fieldOf(change.field), change.value),
                  })}
                  {groupOf(change.outcome) !== "applied" && ` (${outcomeWord(change.outcome)})`}
                </li>
              ))}
            </ul>
          )}
          {marks.states.length > 0 && (
            <ul className="trends-list" aria-label={t("trends-states")}>
              {marks.states.map((state) => (
                <li key={state.since}>
                  {t("trends-span", { from: clock.time(state.since), to: clock.time(state.until) })}:{" "}
                  {state.status === null ? t("trends-nothing-known") : statusWord(state.status)}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </details>
  );
}
