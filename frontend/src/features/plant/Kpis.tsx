/** KPIs of a line or the plant in one sentence: `7 of 8 running · Mean Speed 1,204.5 rpm · Parts 812 · 98.2 % available`. */

import type { Field, Kpi } from "../../contract/plant.ts";
import { DASHBOARD } from "../../contract/topics.ts";
import { GLYPH, shown } from "../../format/index.ts";
import { useConcerns, useIsLive } from "../../hooks/useSession.ts";
import { useKpis } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { runningOf } from "./counts.ts";
import { usePlant } from "./plantContext.ts";

/** `hasLegend`: a legend beside it shows how many machines run. */
export function KpiSentence({ topic, hasLegend = false }: { topic: string; hasLegend?: boolean }) {
  const { plant } = usePlant();
  const kpis = useKpis(topic);
  const isLive = useIsLive(topic);
  const { critical, byLine } = useConcerns();
  if (!kpis) return <p className="kpis quiet">{t("kpis-not-known")}</p>;
  const { availability } = kpis;
  const stopped = topic === DASHBOARD ? critical.length : byLine.get(topic.replace("line:", ""))?.critical;
  const run = hasLegend ? null : runningOf(kpis, stopped ?? 0);
  const figures = [
    run && t("kpis-running", { running: run[0], machines: run[1] }),
    ...plant.kpis.map((kpi) => figure(kpi, plant.fieldsByName.get(kpi.field), kpis[kpi.name])),
    typeof availability === "number" ? t("kpis-available", { share: percent(availability) }) : null,
  ];
  const words = figures.filter((each) => each !== null).join(" · ");
  if (isLive) return <p className="kpis">{words}</p>;
  return (
    <p className="kpis amber" title={t("alerts-last-known")}>
      {GLYPH.stale} <span className="unseen">{t("alerts-last-known")}: </span>
      {words}
    </p>
  );
}

function figure(kpi: Kpi, field: Field | undefined, value: unknown): string | null {
  if (typeof value !== "number") return null;
  return [labelOf(kpi, field), shown({ decimals: kpi.decimals }, value), kpi.unit].filter(Boolean).join(" ");
}

/** A mean without a label in the plant file is named in the reader's language, with the field's name unchanged. */
function labelOf({ label, of, name }: Kpi, field: Field | undefined): string {
  const own = field?.label || field?.name || name;
  return label || (of === "mean" ? t("kpis-mean", { field: own }) : own);
}

export function percent(share: unknown): string {
  return typeof share === "number" ? `${shown({ decimals: 1 }, share * 100)} %` : "–";
}
