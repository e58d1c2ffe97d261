/** KPIs of a line or the plant in one sentence: `7 of 8 running · Mean speed 1,204.5 rpm · Parts 812 · 98.2 % available`. */

import type { Kpi } from "../../contract/plant.ts";
import { shown } from "../../format/index.ts";
import { useKpis } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "./plantContext.ts";

/** `hasLegend`: a legend beside it shows how many machines run. */
export function KpiSentence({ topic, hasLegend = false }: { topic: string; hasLegend?: boolean }) {
  const { plant } = usePlant();
  const kpis = useKpis(topic);
  if (!kpis) return <p className="kpis quiet">{t("kpis-not-known")}</p>;
  const { machines, running, availability } = kpis;
  const said = [
    !hasLegend && typeof running === "number" && typeof machines === "number"
      ? t("kpis-running", { running, machines })
      : null,
    ...plant.kpis.map((kpi) => figure(kpi, kpis[kpi.name])),
    typeof availability === "number" ? t("kpis-available", { share: percent(availability) }) : null,
  ];
  return <p className="kpis">{said.filter((each) => each !== null).join(" · ")}</p>;
}

function figure({ label, unit, decimals }: Kpi, value: unknown): string | null {
  if (typeof value !== "number") return null;
  return [label, shown({ decimals }, value), unit].filter(Boolean).join(" ");
}

export function percent(share: unknown): string {
  return typeof share === "number" ? `${shown({ decimals: 1 }, share * 100)} %` : "–";
}
