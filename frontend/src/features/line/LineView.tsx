/** One line: its KPIs, and its machines as tiles, filtered by the address. */

import { lazy, Suspense, useMemo } from "react";
import { lineTitle, statusWord } from "../../format/index.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { hrefOf, setParam, useParam } from "../../router.ts";
import { loadPages, t } from "../../texts/catalogue.ts";
import { WhenSeen } from "../../ui/WhenSeen.tsx";
import { KpiSentence } from "../plant/Kpis.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { LineTrends, TrendsButton } from "../trends/LineTrends.tsx";
import type { Density } from "./Tile.tsx";
import { TileGrid } from "./TileGrid.tsx";
import { useFiltered, useStatuses } from "./useFiltered.ts";

const WhatHappened = lazy(async () => {
  const [module] = await Promise.all([import("../events/WhatHappened.tsx"), loadPages()]);
  return { default: module.WhatHappened };
});

const FILTERS = [
  ["", "line-filter-all"],
  ["attention", "line-filter-attention"],
  ["not-running", "line-filter-not-running"],
  ["pending", "line-filter-pending"],
  ["stale", "line-filter-stale"],
] as const;

export function LineView({ line: lineId }: { line: string }) {
  const { plant } = usePlant();
  const line = plant.lines.find((each) => each.id === lineId);
  const ids = plant.lines.map((each) => each.id);
  if (!line) {
    return (
      <div className="empty">
        <h1>{t("line-none", { line: lineId })}</h1>
        <p>
          {ids.length > 1
            ? t("line-range", { first: ids[0] ?? "", last: ids.at(-1) ?? "" })
            : t("line-only", { line: ids[0] ?? "" })}{" "}
          <a href={hrefOf({ view: "plant" })}>{t("line-back")}</a>
        </p>
      </div>
    );
  }
  return <Line id={line.id} name={line.name} machines={line.machines} />;
}

function Line({ id, name, machines }: { id: string; name: string; machines: readonly { key: string }[] }) {
  const topic = `line:${id}`;
  useTopics([topic]);
  const keys = useMemo(() => machines.map((machine) => machine.key), [machines]);
  const filter = useParam("filter");
  const density = densityOf(useParam("tiles"));
  const statuses = useStatuses(keys);
  const listed = useFiltered(keys, filter);
  return (
    <>
      <div className="view-head">
        <h1>{lineTitle(id, name)}</h1>
        <KpiSentence topic={topic} />
        <div className="line-tools">
          <label className="inline">
            <span className="quiet">{t("line-show")}</span>
            <select value={filter} onChange={(event) => setParam("filter", event.target.value)}>
              {FILTERS.map(([value, label]) => (
                <option key={value} value={value}>
                  {t(label)}
                </option>
              ))}
              {statuses.map((status) => (
                <option key={status} value={`status:${status}`}>
                  {statusWord(status)}
                </option>
              ))}
            </select>
          </label>
          <fieldset className="segments">
            <legend className="unseen">{t("line-tiles")}</legend>
            {(["dense", "normal", "large"] as const).map((each) => (
              <label key={each}>
                <input
                  type="radio"
                  name="tiles"
                  checked={density === each}
                  onChange={() => setParam("tiles", each === "normal" ? "" : each)}
                />
                {t(`line-tiles-${each}`)}
              </label>
            ))}
          </fieldset>
          <TrendsButton />
          <a className="button" href={`/api/template.xlsx?topic=${encodeURIComponent(topic)}`} download>
            {t("line-template")}
          </a>
        </div>
      </div>
      <LineTrends machines={keys} line={id} />
      {listed.length > 0 ? (
        <TileGrid machines={listed} topicOf={() => topic} density={density} />
      ) : (
        <div className="empty" role="status">
          <p>{t("line-no-match")}</p>
          <button type="button" onClick={() => setParam("filter", "")}>
            {t("line-show-all", { count: keys.length })}
          </button>
        </div>
      )}
      <WhenSeen>
        <Suspense>
          <WhatHappened machines={keys} line={id} />
        </Suspense>
      </WhenSeen>
    </>
  );
}

function densityOf(text: string): Density {
  return text === "dense" || text === "large" ? text : "normal";
}
