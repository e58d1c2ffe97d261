/** The trends of a line's machines, opened where somebody asks for them: `?trends` in the address. */
import { lazy, Suspense, useMemo } from "react";
import { hasParam, setParam, useParam } from "../../router.ts";
import { usePlant } from "../plant/plantContext.ts";

const TrendPanel = lazy(() => import("./TrendPanel.tsx").then((module) => ({ default: module.TrendPanel })));
const AT_FIRST = 5;

export function LineTrends({ line, machines }: { line: string; machines: readonly string[] }) {
  const { plant } = usePlant();
  useParam("trends"); // told when it changes
  const isOpen = hasParam("trends");
  const { actual } = plant.tileFields;
  const signals = useMemo(
    () =>
      actual?.type === "number" ? machines.slice(0, AT_FIRST).map((key) => `${key}.${actual.name}`) : [],
    [machines, actual],
  );
  if (signals.length === 0) return null;
  return (
    <section aria-label="Trends" className="line-trends">
      <button type="button" aria-expanded={isOpen} onClick={() => setParam("trends", isOpen ? "" : "1")}>
        Trends
      </button>
      {isOpen && (
        <Suspense fallback={<p className="quiet">Loading the trends</p>}>
          <TrendPanel key={line} signals={signals} machines={machines} label={`Trends of line ${line}`} />
        </Suspense>
      )}
    </section>
  );
}
