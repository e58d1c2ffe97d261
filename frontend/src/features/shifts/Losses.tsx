/** Time lost, by reason and machine. Time without a reason is always shown. */
import { t } from "../../texts/catalogue.ts";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import type { Loss } from "./shifts.ts";
import { durationWords, lossName } from "./words.ts";

const NAMED = 3;

export function Losses({ losses }: { losses: readonly Loss[] }) {
  const most = Math.max(1, ...losses.map(({ seconds }) => seconds));
  return (
    <ScrollingTable label={t("shifts-losses")} className="losses is-labelled">
      <thead>
        <tr>
          <th scope="col">{t("shifts-reason")}</th>
          <th scope="col" className="number">
            {t("shifts-lost")}
          </th>
          <th scope="col">
            <span className="unseen">{t("shifts-share")}</span>
          </th>
          <th scope="col" className="number">
            {t("shifts-stops")}
          </th>
          <th scope="col">{t("shifts-machine")}</th>
        </tr>
      </thead>
      <tbody>
        {losses.map((loss) => (
          <tr key={loss.reason ?? loss.kind}>
            <th scope="row">{lossName(loss)}</th>
            <td className="number" data-label={t("shifts-lost")}>
              {durationWords(loss.seconds)}
            </td>
            <td className="loss-bar">
              <span style={{ width: `${(100 * loss.seconds) / most}%` }} />
            </td>
            <td className="number" data-label={t("shifts-stops")}>
              {loss.stops}
            </td>
            <td className="quiet prose">{machineWords(loss)}</td>
          </tr>
        ))}
      </tbody>
    </ScrollingTable>
  );
}

function machineWords({ machines }: Loss): string {
  const ordered = Object.entries(machines).sort(([, one], [, other]) => other - one);
  const named = ordered
    .slice(0, NAMED)
    .map(([machine, seconds]) => `${machine.replace("_", ":")} ${durationWords(seconds)}`);
  const more = ordered.length - named.length;
  return more > 0 ? t("shifts-and-more", { named: named.join(", "), count: more }) : named.join(", ");
}
