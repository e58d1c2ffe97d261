/** Every batch: who, when, from which file, why, and how its targets ended. Filters are in the address. */
import { api } from "../../api.ts";
import { hrefOf, useParam } from "../../router.ts";
import { listBatches, type Query, queryText, type Summary } from "../../session/batches.ts";
import { t } from "../../texts/catalogue.ts";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { Counts, titleOf } from "./BatchWords.tsx";
import { ExportButtons } from "./ExportButtons.tsx";
import { groupNamed } from "./Figures.tsx";
import { hasGroup, machineKeyOf } from "./filters.ts";
import { sinceHours } from "./hours.ts";
import { ChoiceFilter, Filters, PersonFilter, TextFilter, WhenFilter } from "./ListFilters.tsx";
import { usePages } from "./usePages.ts";

const OUTCOMES = [
  ["", "batches-outcome-any"],
  ["not-applied", "batches-outcome-not-applied"],
  ["unknown", "batches-outcome-unknown"],
  ["open", "batches-outcome-open"],
  ["applied", "batches-outcome-applied"],
] as const;

export function BatchesView() {
  const { plant } = usePlant();
  const machine = useParam("machine");
  const person = useParam("person");
  const hours = useParam("hours");
  const group = groupNamed(useParam("outcome"));
  const query = (): Query => ({
    ...(machine ? { machine: machineKeyOf(machine, plant) } : {}),
    ...(person ? { person } : {}),
    ...(hours ? { since: Number(sinceHours(hours)) } : {}),
  });
  const { items, problem, more } = usePages(["batches", machine, person, hours], (cursor, signal) =>
    listBatches(api, { ...query(), ...(cursor ? { cursor } : {}) }, signal),
  );
  const batches = items && group ? items.filter((batch) => hasGroup(batch, group)) : items;
  const exportAs = (format: string) => ({
    label: t("batches-export", { format }),
    start: (signal: AbortSignal) =>
      api.download(`/api/batches/export.${format}?${queryText(query())}`, `setpoint-batches.${format}`, {
        signal,
      }),
  });
  return (
    <>
      <div className="view-head">
        <h1>{t("frame-batches")}</h1>
        <span className="spring" />
        <ExportButtons exports={["xlsx", "csv"].map(exportAs)} />
      </div>
      <Filters isSet={Boolean(machine || person || hours || group)}>
        <TextFilter name="machine" label={t("batch-machine")} list="machines" />
        <datalist id="machines">
          {[...plant.machines.values()].slice(0, 500).map((each) => (
            <option key={each.key} value={each.id} />
          ))}
        </datalist>
        <PersonFilter />
        <WhenFilter />
        <ChoiceFilter name="outcome" label={t("batch-outcome")} options={OUTCOMES} />
      </Filters>
      {problem && (
        <p className="refusal" role="alert">
          {problem}
        </p>
      )}
      {batches === null && !problem && <p className="quiet">{t("changes-reading")}</p>}
      {batches?.length === 0 && (
        <p className="empty">
          {more ? t("batches-none-of", { count: items?.length ?? 0 }) : t("batches-none")}
        </p>
      )}
      {batches !== null && batches.length > 0 && <Batches batches={batches} />}
      {more && (
        <p>
          <button type="button" onClick={more}>
            {t("batches-more", { count: items?.length ?? 0 })}
          </button>
        </p>
      )}
    </>
  );
}

function Batches({ batches }: { batches: readonly Summary[] }) {
  const { clock } = usePlant();
  return (
    <ScrollingTable label={t("frame-batches")} className="is-list">
      <thead>
        <tr>
          <th scope="col">{t("batches-when")}</th>
          <th scope="col">{t("batches-who")}</th>
          <th scope="col">{t("batches-what")}</th>
          <th scope="col" className="number roomy">
            {t("batches-targets")}
          </th>
          <th scope="col">{t("batches-outcomes")}</th>
          <th scope="col">{t("batch-reason")}</th>
        </tr>
      </thead>
      <tbody>
        {batches.map((batch) => {
          const total = Object.values(batch.counts).reduce((sum, count) => sum + count, 0);
          return (
            <tr key={batch.txId}>
              <td className="when">{clock.full(batch.at)}</td>
              <td>{batch.person}</td>
              <td>
                <a href={hrefOf({ view: "batch", txId: batch.txId })}>{titleOf(batch, total)}</a>
              </td>
              <td className="number roomy">{total}</td>
              <td>
                <Counts counts={batch.counts} />
              </td>
              <td className="quiet">{batch.reason}</td>
            </tr>
          );
        })}
      </tbody>
    </ScrollingTable>
  );
}
