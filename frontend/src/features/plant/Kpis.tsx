/** Figures of a line or the plant in one sentence: `7 of 8 running · 1,204 rpm mean · 98.2 % available`. */

import { shown } from "../../format/index.ts";
import { useKpis } from "../../store/machine/index.ts";
import { usePlant } from "./plantContext.ts";

/** `hasLegend`: how many run is told beside it. */
export function KpiSentence({ topic, hasLegend = false }: { topic: string; hasLegend?: boolean }) {
  const { plant } = usePlant();
  const kpis = useKpis(topic);
  if (!kpis) return <p className="kpis quiet">Figures not known yet</p>;
  const { machines, running, meanSpeed, availability } = kpis;
  const { actual } = plant.tileFields;
  const said = [
    !hasLegend && typeof running === "number" && typeof machines === "number"
      ? `${running} of ${machines} running`
      : null,
    typeof meanSpeed === "number" && actual ? `${shown(actual, meanSpeed)} ${actual.unit} mean` : null,
    typeof availability === "number" ? `${percent(availability)} available` : null,
  ];
  return <p className="kpis">{said.filter((each) => each !== null).join(" · ")}</p>;
}

export function percent(share: unknown): string {
  return typeof share === "number" ? `${(share * 100).toFixed(1)} %` : "–";
}
