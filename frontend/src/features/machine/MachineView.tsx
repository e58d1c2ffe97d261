/** One machine: every field, its last ten minutes, who changed what. */

import { lazy, Suspense, useMemo, useState } from "react";
import { reasonMessage } from "../../contract/message.ts";
import type { Field, Machine } from "../../contract/plant.ts";
import {
  GLYPH,
  isCritical,
  measured,
  orEarlier,
  qualityWord,
  rangeWords,
  shown,
  statusWord,
  type Value,
} from "../../format/index.ts";
import { useFreshness, useTopics } from "../../hooks/useLiveSocket.ts";
import { hrefOf } from "../../router.ts";
import { useMachine, type MachineView as View } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { localized } from "../../texts/message.ts";
import { rich } from "../../texts/rich.tsx";
import { Age } from "../../ui/Age.tsx";
import { WhatHappened } from "../events/WhatHappened.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { doubtOf, feedbackOf } from "./feedback.ts";
import { LiveNumber } from "./LiveNumber.tsx";
import { RecentChanges, useLately } from "./RecentChanges.tsx";
import { SetPoint } from "./SetPoint.tsx";
import { SimulatorPanel } from "./SimulatorPanel.tsx";
import { TargetEditor } from "./TargetEditor.tsx";

const TrendPanel = lazy(() =>
  import("../trends/TrendPanel.tsx").then((module) => ({ default: module.TrendPanel })),
);

export function MachineView({ machine }: { machine: string }) {
  const { plant } = usePlant();
  const about = plant.machines.get(machine);
  if (!about) {
    return (
      <div className="empty">
        <h1>{t("machine-none", { machine: machine.replace("_", ":") })}</h1>
        <p>
          {rich("machine-search", {
            key: <kbd>/</kbd>,
            back: <a href={hrefOf({ view: "plant" })}>{t("machine-back")}</a>,
          })}
        </p>
      </div>
    );
  }
  return <Known about={about} />;
}

function Known({ about }: { about: Machine & { line: string } }) {
  const { plant, clock } = usePlant();
  const { key, id } = about;
  useTopics([id]);
  const view = useMachine(key, "rare");
  const freshness = useFreshness(id);
  const lately = useLately(key);
  const [isEditing, setEditing] = useState(false);
  const { actual, setPoint } = plant.tileFields;
  const signals = useMemo(
    () => [actual, setPoint].flatMap((field) => (field?.type === "number" ? [`${key}.${field.name}`] : [])),
    [key, actual, setPoint],
  );
  const lineMachines = useMemo(
    () => plant.lines.find((line) => line.id === about.line)?.machines.map((machine) => machine.key) ?? [key],
    [plant, about.line, key],
  );
  const machines = useMemo(() => [key], [key]);
  const record = view?.record;
  const critical = isCritical(record?.status);
  const doubt = record ? doubtOf(record, freshness.isStale) : null;
  // The plant's topic may have the machine before its own topic has arrived. That does not put it in doubt.
  const isArriving = freshness.lastMs === null && (record?.quality ?? "GOOD") === "GOOD";
  const since = typeof record?.since === "number" ? record.since : null;
  const seen = typeof record?.seen === "number" ? record.seen : null;
  const voided = Object.values(view?.notices ?? {}).filter((notice) => notice.kind === "cancelled").length;
  return (
    <>
      <div
        className={`machine-head ${critical ? "is-critical" : ""}`}
        data-machine={key}
        data-status={String(record?.status ?? "")}
      >
        <div>
          <h1>
            {id} {about.name && about.name !== id && <span className="quiet">{about.name}</span>}
          </h1>
          <a href={hrefOf({ view: "line", line: about.line })}>{t("frame-line", { line: about.line })}</a>
        </div>
        <p className="machine-status" role="status">
          <strong>
            {critical && `${GLYPH.critical} `}
            {record ? statusWord(record.status) : t("machine-waiting")}
          </strong>
          {since !== null && (
            <span>
              {t("status-since", { time: orEarlier(record ?? {}, clock.time) })},{" "}
              <Age since={since} isAtLeast={record?.sinceSeen === true} />
            </span>
          )}
          {typeof record?.cause === "string" && record.cause !== "" && (
            <span className="cause">{record.cause}</span>
          )}
          {voided > 0 && <span>{t("machine-voided", { count: voided })}</span>}
        </p>
        <span className="spring" />
        {plant.writable.length > 0 && (
          <button
            type="button"
            className={critical || doubt ? "" : "primary"}
            data-tile={key}
            onClick={() => setEditing(true)}
          >
            {t("machine-change")}
          </button>
        )}
      </div>
      {doubt && isArriving && <p className="doubt quiet">{t("connection-nothing-received")}</p>}
      {doubt && !isArriving && (
        <p className="doubt amber" role="status">
          {GLYPH.stale} {record ? sentence(doubt, record) : doubt}{" "}
          {seen !== null
            ? rich("machine-last-contact", { age: <Age since={seen} isAgo />, time: clock.time(seen) })
            : freshness.lastMs !== null &&
              rich("machine-nothing-new", { age: <Age sinceMs={freshness.lastMs} /> })}
        </p>
      )}
      <div className={`machine-body ${doubt ? "is-stale" : ""}`}>
        {actual && (
          <section aria-label={t("machine-trend")} className="panel wide">
            <p className="machine-actual">
              <LiveNumber machine={key} field={actual} />
              <span className="unit">{actual.unit}</span>
              {setPoint && view && (
                <span className="machine-goal">
                  <SetPoint machine={key} view={view} field={setPoint} />
                </span>
              )}
            </p>
            <Suspense fallback={<p className="quiet">{t("machine-loading-trend")}</p>}>
              <TrendPanel
                key={key}
                signals={signals}
                machines={lineMachines}
                label={t("machine-trend-of", { machine: id })}
              />
            </Suspense>
          </section>
        )}
        <section aria-labelledby="fields" className="panel">
          <h2 id="fields">{t("machine-fields")}</h2>
          <div className="table-scroll">
            <table className="table fields">
              <thead>
                <tr>
                  <th scope="col">{t("machine-field")}</th>
                  <th scope="col" className="number">
                    {t("machine-value")}
                  </th>
                  <th scope="col">{t("machine-state")}</th>
                  <th scope="col" className="roomy">
                    {t("machine-range")}
                  </th>
                </tr>
              </thead>
              <tbody>
                {plant.fields.map((field) => (
                  <FieldRow key={field.name} machine={key} field={field} view={view} />
                ))}
                <tr>
                  <th scope="row">{t("machine-quality")}</th>
                  <td className="number">{qualityWord(record?.quality)}</td>
                  <td />
                  <td className="roomy" />
                </tr>
              </tbody>
            </table>
          </div>
          {missingCapabilities(about).map((sentence) => (
            <p key={sentence} className="quiet">
              {sentence}
            </p>
          ))}
        </section>
        <RecentChanges machine={key} lately={lately} />
        <WhatHappened machines={machines} />
        {plant.isSimulated && <SimulatorPanel machine={key} />}
      </div>
      {isEditing && <TargetEditor machine={key} onClose={() => setEditing(false)} />}
    </>
  );
}

/** What is in doubt, with the reason. A reason may end with a question. */
function sentence(doubt: string, record: Readonly<Record<string, Value>>): string {
  const why = record.qualityReason;
  const text = typeof why === "string" ? `${doubt}: ${localized(reasonMessage(record), why)}` : doubt;
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** A note about the limits of a machine that cannot report everything. */
function missingCapabilities({ tells }: Pick<Machine, "tells">): string[] {
  if (!tells) return [];
  return (["time", "quality", "refusal"] as const)
    .filter((each) => !tells.includes(each))
    .map((each) => t(`machine-untold-${each}`));
}

function FieldRow({ machine, field, view }: { machine: string; field: Field; view: View | undefined }) {
  const overlay = view?.overlays[field.name];
  const feedback = feedbackOf(overlay, view?.notices[field.name]);
  return (
    <tr className={feedback ? `is-${feedback.state}` : ""} data-field={field.name}>
      <th scope="row">{field.label || field.name}</th>
      <td className={field.type === "number" ? "number" : "number words"}>
        {field.isWritable ? (
          shown(field, view?.record[field.name])
        ) : (
          <LiveNumber machine={machine} field={field} />
        )}
        {field.unit && <span className="unit"> {field.unit}</span>}
      </td>
      <td className="state">
        {feedback && (
          <span className="field-state">
            {feedback.glyph} {feedback.text}
          </span>
        )}
        {overlay && (
          <span className="quiet">
            {" "}
            {rich("machine-reports", {
              age: <Age sinceMs={overlay.atMs} />,
              value: measured(field, overlay.server),
            })}
          </span>
        )}
      </td>
      <td className="quiet roomy">{field.isWritable ? rangeWords(field) : ""}</td>
    </tr>
  );
}
