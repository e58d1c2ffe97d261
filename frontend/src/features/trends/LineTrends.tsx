/** The trends of a line's machines. `?trends` in the address opens them. */

import { lazy, Suspense, useMemo } from "react";
import { hasParam, setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";

const TrendPanel = lazy(() => import("./TrendPanel.tsx").then((module) => ({ default: module.TrendPanel })));
const AT_FIRST = 5;

/** The button in the header of the line's page that opens and closes the trends. */
export function TrendsButton() {
  useParam("trends"); // renders again when it changes
  const { actual } = usePlant().plant.tileFields;
  const isOpen = hasParam("trends");
  if (actual?.type !== "number") return null;
  return (
    <button type="button" aria-expanded={isOpen} onClick={() => setParam("trends", isOpen ? "" : "1")}>
      {t("lines-trends")}
    </button>
  );
}

export function LineTrends({ line, machines }: { line: string; machines: readonly string[] }) {
  const { plant } = usePlant();
  useParam("trends"); // renders again when it changes
  const isOpen = hasParam("trends");
  const { actual } = plant.tileFields;
  const signals = useMemo(
    () =>
      actual?.type === "number" ? machines.slice(0, AT_FIRST).map((key) => `${key}.${actual.name}`) : [],
    [machines, actual],
  );
  if (signals.length === 0 || !isOpen) return null;
  return (
    <section aria-label={t("lines-trends")} className="line-trends">
      <Suspense fallback={<p className="quiet">{t("lines-trends-loading")}</p>}>
        <TrendPanel key={line} signals={signals} machines={machines} label={t("lines-trends-of", { line })} />
      </Suspense>
    </section>
  );
}
