/** Trends of machines on one axis of time: chosen, compared, exported, and readable as a table. */

import { lazy, Suspense, useMemo, useState } from "react";
import { messageOf } from "../../api.ts";
import { setParam, useParam } from "../../router.ts";
import { useSession } from "../../session/context.tsx";
import { useRecent } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { Folded } from "../../ui/Folded.tsx";
import { toast } from "../../ui/toast.ts";
import { usePlant } from "../plant/plantContext.ts";
import { historyPath } from "./fetchHistory.ts";
import { SignalPicker } from "./SignalPicker.tsx";
import { TrendTable } from "./TrendTable.tsx";
import { bounded, moved, readView, SPANS, type Span, spanText, YESTERDAY, zoomed } from "./trendView.ts";
import { useHistory } from "./useHistory.ts";
import "./trends.css";

const Chart = lazy(() => import("./Chart.tsx").then((module) => ({ default: module.Chart })));
const DEFAULT_WIDTH = 600;
const MOST_WIDTH = 2_000;
const FORMATS = [
  ["csv", "CSV"],
  ["xlsx", "Excel"],
  ["parquet", "Parquet"],
] as const;

export interface TrendPanelProps {
  /** Signals that are always shown (`m_401.speed`). */
  readonly signals: readonly string[];
  /** Machines that can be added and compared with. */
  readonly machines: readonly string[];
  readonly label: string;
}

export function TrendPanel({ signals, machines, label }: TrendPanelProps) {
  const { plant, clock } = usePlant();
  const session = useSession();
  const time = useParam("t");
  const s = useParam("s");
  const vs = useParam("vs");
  const view = useMemo(() => readView(time, s, vs), [time, s, vs]);
  const first = signals[0]?.split(".")[0] ?? "";
  const news = useRecent(first);
  const [width, setWidth] = useState(DEFAULT_WIDTH);
  const shown = useMemo(
    () => chosen(signals, view.added, view.versus, plant.machines),
    [signals, view, plant],
  );
  const steps = Math.min(MOST_WIDTH, Math.max(50, Math.round(width / 2)));
  const { plot, answer, from, to, problem, isReading } = useHistory(shown, view, steps, news);
  const show = (span: Span) => setParam("t", spanText(span));
  const now = () => session.serverTime();
  const gestures = {
    zoom: (factor: number, share: number) =>
      show(zoomed(view.span, factor, from + share * (to - from), now())),
    pan: (share: number) => show(moved(view.span, share, now())),
    live: () => setParam("t", ""),
  };
  const question = { signals: shown, from, to, width: steps };
  const marks = useMemo(
    () => ({
      states: answer?.states.filter((state) => state.machine === first) ?? [],
      changes: answer?.changes ?? [],
    }),
    [answer, first],
  );
  const copy = async () => {
    const url = new URL(window.location.href);
    url.searchParams.set("t", spanText(bounded(from, to)));
    await navigator.clipboard.writeText(url.href);
    toast.message(t("trends-copied"));
  };
  return (
    <div className="trends" aria-busy={isReading}>
      <div className="trends-bar">
        <fieldset className="segments">
          <legend className="unseen">{t("trends-time-shown")}</legend>
          {SPANS.map(([name, seconds]) => (
            <label key={name}>
              <input
                type="radio"
                name={`span ${label}`}
                checked={view.span.kind === "live" && view.span.seconds === seconds}
                onChange={() => setParam("t", name === "10m" ? "" : name)}
              />
              {name}
            </label>
          ))}
        </fieldset>
        <fieldset className="trends-move">
          <legend className="unseen">{t("trends-move")}</legend>
          <button type="button" aria-label={t("trends-earlier")} onClick={() => gestures.pan(-0.5)}>
            ‹
          </button>
          <button type="button" aria-label={t("trends-later")} onClick={() => gestures.pan(0.5)}>
            ›
          </button>
          <button type="button" aria-label={t("trends-zoom-in")} onClick={() => gestures.zoom(0.5, 0.5)}>
            +
          </button>
          <button type="button" aria-label={t("trends-zoom-out")} onClick={() => gestures.zoom(2, 0.5)}>
            −
          </button>
        </fieldset>
        <Folded label={t("trends-more")} isSet={view.versus !== "" || view.added.length > 0}>
          <div className="trends-more">
            <label className="inline">
              <span className="quiet">{t("trends-compare")}</span>
              <select value={view.versus} onChange={(event) => setParam("vs", event.target.value)}>
                <option value="">{t("trends-with-nothing")}</option>
                <option value={YESTERDAY}>{t("trends-with-yesterday")}</option>
                {machines
                  .filter((machine) => machine !== first)
                  .map((machine) => (
                    <option key={machine} value={machine}>
                      {t("trends-with", { machine: plant.machines.get(machine)?.id ?? machine })}
                    </option>
                  ))}
              </select>
            </label>
            <SignalPicker machines={machines} shown={shown} added={view.added} />
            <span className="spring" />
            <span className="trends-take">
              <button type="button" onClick={copy}>
                {t("trends-copy")}
              </button>
              {FORMATS.map(([format, name]) => (
                <button
                  key={format}
                  type="button"
                  onClick={() =>
                    session.api
                      .download(historyPath(question, format), `history.${format}`)
                      .catch((error: unknown) => toast.error(messageOf(error)))
                  }
                >
                  {name}
                </button>
              ))}
            </span>
          </div>
        </Folded>
      </div>
      <p className="quiet trends-time" role="status">
        {problem ??
          t("trends-span", {
            from: clock.time(from),
            to: view.span.kind === "live" ? t("trends-now") : clock.time(to),
          })}
      </p>
      <Suspense fallback={<div className="chart" />}>
        {plot && (
          <Chart
            plot={plot}
            marks={marks}
            from={from}
            to={to}
            plant={plant}
            clock={clock}
            label={t("trends-keys", { label })}
            gestures={gestures}
            onWidth={setWidth}
          />
        )}
      </Suspense>
      {plot && <TrendTable plot={plot} marks={marks} />}
    </div>
  );
}

/** The signals that are always shown, the added ones, and the same fields of the other machine in a comparison. */
function chosen(
  signals: readonly string[],
  added: readonly string[],
  versus: string,
  machines: ReadonlyMap<string, unknown>,
): string[] {
  const others = machines.has(versus) ? signals.map((name) => `${versus}.${name.split(".")[1]}`) : [];
  const known = added.filter((name) => machines.has(name.split(".")[0] ?? ""));
  return [...new Set([...signals, ...others, ...known])];
}
