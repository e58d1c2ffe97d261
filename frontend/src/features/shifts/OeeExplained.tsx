/** OEE with its formula and its inputs: each share with its numbers, or why it is not known. */
import { t } from "../../texts/catalogue.ts";
import type { Factor, Oee } from "./shifts.ts";
import { countOf, durationWords, shareWords, stateTimes, whyWords } from "./words.ts";

export function OeeExplained({ oee }: { oee: Oee }) {
  const production = durationWords(oee.productionS);
  const ideal = oee.idealS === null ? t("shifts-not-known") : durationWords(oee.idealS);
  const total = countOf(oee.total);
  return (
    <div className="oee">
      <p className="oee-value">
        <span className="quiet">{t("shifts-oee")}</span> <strong>{shareWords(oee.oee.value)}</strong>{" "}
        <span className="quiet">
          {oee.oee.value === null ? whyWords(oee.oee.why) : `= ${t("shifts-formula-oee")}`}
        </span>
      </p>
      <dl className="oee-factors">
        <Share
          name="availability"
          factor={oee.availability}
          inputs={t("shifts-inputs-availability", { production, busy: durationWords(oee.plannedBusyS) })}
        />
        <Share
          name="performance"
          factor={oee.performance}
          inputs={t("shifts-inputs-performance", { ideal, total, production })}
        />
        <Share
          name="quality"
          factor={oee.quality}
          inputs={t("shifts-inputs-quality", { good: countOf(oee.good), total })}
        />
      </dl>
      <p className="quiet">{stateTimes(oee)}</p>
    </div>
  );
}

interface ShareProps {
  readonly name: "availability" | "performance" | "quality";
  readonly factor: Factor;
  readonly inputs: string;
}

function Share({ name, factor, inputs }: ShareProps) {
  return (
    <div>
      <dt>{t(`shifts-${name}`)}</dt>
      <dd>
        <strong>{shareWords(factor.value)}</strong> = {inputs}
        {factor.value === null && <span className="amber"> {whyWords(factor.why)}</span>}
        <span className="quiet oee-formula">{t(`shifts-formula-${name}`)}</span>
      </dd>
    </div>
  );
}
