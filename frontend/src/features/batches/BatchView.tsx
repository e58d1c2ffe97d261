/** One batch: who, when, why, from which file, and the outcome of every row; undo, and retry of what failed. */

import { useEffect, useMemo } from "react";
import { countWords } from "../../format/counts.ts";
import { changePercent, GLYPH, measured, outcomeWord, shown } from "../../format/index.ts";
import { countOutcomes, retryOf, sizeOf, tallyOf, undoOf } from "../../preview/index.ts";
import { go, hrefOf, setParam, useParam } from "../../router.ts";
import type { Result } from "../../session/batches.ts";
import { useSession } from "../../session/context.tsx";
import { t } from "../../texts/catalogue.ts";
import { type Column, VirtualTable } from "../../ui/VirtualTable.tsx";
import { watchCommit } from "../frame/toasts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { downloadAnnotated, downloadOriginal } from "../upload/annotated.ts";
import { openRetry, openUndo } from "../upload/workbook.ts";
import { OutcomeWords, titleOf } from "./BatchWords.tsx";
import { ExportButtons } from "./ExportButtons.tsx";
import { worstFirst } from "./order.ts";
import { useBatch } from "./useBatch.ts";

export function BatchView({ txId }: { txId: string }) {
  const session = useSession();
  const { plant, clock } = usePlant();
  useEffect(() => watchCommit(txId), [txId]);
  const { story, problem } = useBatch(txId);
  const filter = useParam("outcome");
  const results = useMemo(
    () => worstFirst((story?.results ?? []).filter((result) => !filter || result.outcome === filter)),
    [story, filter],
  );
  if (!story) {
    return (
      <div className="empty">
        <h1>{t(problem ? "batch-failed" : "batch-reading")}</h1>
        {problem && <p role="alert">{problem}</p>}
        <p>
          <a href={hrefOf({ view: "batches" })}>{t("batch-all")}</a>
        </p>
      </div>
    );
  }
  const counts = tallyOf(story.results);
  const again = sizeOf(retryOf(story, plant));
  const undone = sizeOf(undoOf(story, plant));
  const mayChange = plant.mayChange && story.status === "done";
  const columns: Column<Result>[] = [
    {
      name: "machine",
      label: t("batch-machine"),
      cell: ({ machine }) => (
        <a href={hrefOf({ view: "machine", machine })}>{plant.machines.get(machine)?.id ?? machine}</a>
      ),
    },
    {
      name: "field",
      label: t("batch-field"),
      cell: ({ field }) => plant.fieldsByName.get(field)?.label || field,
    },
    {
      name: "before",
      label: t("batch-before"),
      isNumber: true,
      cell: ({ field, before }) => withUnit(field, before),
    },
    {
      name: "target",
      label: t("batch-target"),
      isNumber: true,
      cell: ({ field, asked, value }) => withUnit(field, asked === undefined ? value : asked),
    },
    {
      name: "change",
      label: t("batch-change"),
      isNumber: true,
      cell: ({ before, asked }) => (before === asked ? "" : changePercent(before, asked)),
    },
    { name: "at", label: t("batch-ended"), cell: ({ at }) => (at ? clock.time(at) : "") },
    {
      name: "note",
      label: t("batch-outcome"),
      cell: ({ outcome, message }) => <OutcomeWords outcome={outcome} message={message} />,
    },
  ];
  const withUnit = (name: string, value: Result["value"] | undefined) => {
    const field = plant.fieldsByName.get(name);
    return field ? measured(field, value) : shown(null, value);
  };
  return (
    <div className="upload">
      <div className="view-head">
        <h1>{titleOf(story, story.results.length)}</h1>
        <p className="quiet">
          {story.status === "done"
            ? `${t("batch-targets", { count: story.results.length })} · ${countWords(countOutcomes(counts))}`
            : `${GLYPH.pending} ${t("batch-not-ended")}`}
        </p>
        <span className="spring" />
        {story.source && (
          <ExportButtons
            exports={[
              {
                label: t("batch-workbook"),
                isDisabled: story.status !== "done",
                start: (signal) => downloadAnnotated(session, txId, signal),
              },
            ]}
          />
        )}
        {again > 0 && (
          <button
            type="button"
            disabled={!mayChange}
            onClick={() => {
              openRetry(story, session);
              go({ view: "upload" });
            }}
          >
            {t("batch-retry", { count: again })}
          </button>
        )}
        {undone > 0 && (
          <button
            type="button"
            disabled={!mayChange}
            onClick={() => {
              openUndo(story, session);
              go({ view: "upload" });
            }}
          >
            {t("batch-undo", { count: undone })}
          </button>
        )}
      </div>
      <dl className="facts">
        <dt>{t("batch-by")}</dt>
        <dd>
          {story.person}, {clock.full(story.at)}
        </dd>
        {story.source && (
          <>
            <dt>{t("batch-file")}</dt>
            <dd>
              <button type="button" className="plain" onClick={() => void downloadOriginal(session, txId)}>
                {story.source.filename}
                <span className="unseen">{t("batch-file-as-it-was")}</span>
              </button>
              , {t("batch-rows", { count: story.source.rows })}, SHA-256 <code>{story.source.sha256}</code>
            </dd>
          </>
        )}
        {story.reason && (
          <>
            <dt>{t("batch-reason")}</dt>
            <dd>{story.reason}</dd>
          </>
        )}
        {story.follows && (
          <>
            <dt>{t(story.kind === "undo" ? "batch-undoes" : "batch-follows")}</dt>
            <dd>
              <a href={hrefOf({ view: "batch", txId: story.follows })}>{t("batch-earlier")}</a>
            </dd>
          </>
        )}
      </dl>
      <div className="filters">
        <label className="inline">
          <span>{t("batch-outcome")}</span>
          <select value={filter} onChange={(event) => setParam("outcome", event.target.value)}>
            <option value="">{t("batch-all-outcomes", { count: story.results.length })}</option>
            {Object.entries(counts).map(([outcome, count]) => (
              <option key={outcome} value={outcome}>
                {outcomeWord(outcome)} {count}
              </option>
            ))}
          </select>
        </label>
      </div>
      {results.length === 0 ? (
        <p className="empty">{t("batch-no-target")}</p>
      ) : (
        <VirtualTable
          label={t("batch-story")}
          columns={columns}
          rows={results}
          keyOf={(result) => `${result.machine} ${result.field}`}
        />
      )}
    </div>
  );
}
