/** What a workbook would change, beside the machines' current values. Only the button sends anything. */

import { useDeferredValue, useMemo, useState } from "react";
import { GLYPH, shown } from "../../format/index.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { issueMessage } from "../../ingest/index.ts";
import { type Totals, totalsOf } from "../../preview/index.ts";
import { setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { messageText } from "../../texts/message.ts";
import { usePlant } from "../plant/plantContext.ts";
import { useNames } from "./changes.ts";
import { EncodingPicker } from "./EncodingPicker.tsx";
import { countOf, FILTERS, listedOf } from "./filters.ts";
import { PreviewFoot } from "./PreviewFoot.tsx";
import { PreviewTable } from "./PreviewTable.tsx";
import { RepairRow } from "./RepairRow.tsx";
import { SheetPicker } from "./SheetPicker.tsx";
import { useLooks } from "./useLooks.ts";
import { WrongRowsList } from "./WrongRowsList.tsx";
import { lookAgain, openEncoding, type UploadIn } from "./workbook.ts";
import { wrongRowsOf } from "./wrongRows.ts";

const SHOWN_WARNINGS = 20;

export function Preview({ state }: { state: UploadIn<"preview"> }) {
  const { plant } = usePlant();
  const { workbook, fixes, repaired, preview } = state;
  const { asked } = workbook;
  const { rows } = preview;
  const machines = useMemo(
    () => [...new Set([...Object.keys(asked.targets), ...Object.keys(fixes)])],
    [asked, fixes],
  );
  const topics = useMemo(() => {
    const lines = new Set(machines.flatMap((machine) => plant.machines.get(machine)?.line ?? []));
    return [...lines].map((line) => `line:${line}`);
  }, [machines, plant]);
  useTopics(topics);
  const totals = useMemo(() => totalsOf(preview), [preview]);
  useLooks(machines, lookAgain, totals.awaited > 0);
  useNames(rows, plant);
  const wrongRows = useMemo(() => wrongRowsOf(preview.asked.errors), [preview.asked]);
  const [repairing, setRepairing] = useState<number | null>(null);
  const filter = useParam("filter");
  const wanted = useParam("wrong");
  // The last row of a kind may just have been corrected.
  const wrong = wrongRows.some(({ key }) => key === wanted) ? wanted : "";
  const isUnfolded = useParam("unchanged") !== "";
  const rowFilter = useMemo(() => ({ filter, wrong, isUnfolded }), [filter, wrong, isUnfolded]);
  // The table may come a moment after the rest, in slices that an input may come between.
  const listed = useDeferredValue(useMemo(() => listedOf(rows, rowFilter), [rows, rowFilter]));
  return (
    <div className="upload">
      <div className="view-head">
        <h1>{workbook.name}</h1>
        {workbook.isText ? (
          <EncodingPicker encoding={workbook.encoding} onChoose={openEncoding} />
        ) : (
          <SheetPicker workbook={workbook} />
        )}
        <p className="quiet">
          {t(workbook.follows ? "upload-targets-nothing-sent" : "upload-rows-nothing-sent", {
            count: workbook.total,
          })}
        </p>
        <span className="spring" />
        <Filters filter={filter} totals={totals} />
      </div>
      <SheetWarnings state={state} />
      <WrongRowsList groups={wrongRows} chosen={wrong} />
      <PreviewTable rows={listed} found={workbook.found} fixes={fixes} onRepair={setRepairing} />
      {repairing !== null && (
        <RepairRow
          row={repairing}
          asked={asked}
          found={workbook.found}
          fixes={fixes}
          repaired={repaired}
          onClose={() => setRepairing(null)}
        />
      )}
      {totals.states.unchanged > 0 && wrong === "" && (filter === "" || filter === "changes") && (
        <button
          type="button"
          className="plain fold"
          onClick={() => setParam("unchanged", isUnfolded ? "" : "shown")}
        >
          {t(isUnfolded ? "upload-fold" : "upload-unfold", { count: totals.states.unchanged })}
        </button>
      )}
      <PreviewFoot state={state} totals={totals} />
    </div>
  );
}

function Filters({ filter, totals }: { filter: string; totals: Totals }) {
  return (
    <fieldset className="segments">
      <legend className="unseen">{t("upload-show")}</legend>
      {FILTERS.map((each) => (
        <label key={each.name}>
          <input
            type="radio"
            name="filter"
            checked={filter === each.name}
            onChange={() => {
              setParam("wrong", "");
              setParam("filter", each.name);
            }}
          />
          {t(each.label)} {shown(null, countOf(each, totals))}
        </label>
      ))}
    </fieldset>
  );
}

/** Warnings about the sheet as a whole. */
function SheetWarnings({ state }: { state: UploadIn<"preview"> }) {
  const { warnings: all, rows, errors } = state.workbook.asked;
  // Warnings about a row are beside it; those about the sheet, its header or a whole column are here.
  const numbers = new Set([...Object.values(rows), ...errors.map(({ row }) => row)]);
  const warnings = all.filter(({ row, column }) => column === undefined || !numbers.has(row));
  if (warnings.length === 0) return null;
  return (
    <ul className="sheet-warnings amber">
      {warnings.slice(0, SHOWN_WARNINGS).map((warning) => (
        <li key={`${warning.code} ${warning.row} ${warning.column}`}>
          {GLYPH.conflict} {messageText(issueMessage(warning))}
        </li>
      ))}
      {warnings.length > SHOWN_WARNINGS && (
        <li>{t("upload-more-warnings", { count: warnings.length - SHOWN_WARNINGS })}</li>
      )}
    </ul>
  );
}
