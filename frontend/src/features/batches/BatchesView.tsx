/** Every batch: who, when, from which file, why, and how its targets ended. Filters are in the address. */

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { problemOf } from "../../queries.ts";
import { hrefOf, setParam, useParam } from "../../router.ts";
import { listBatches, type Query, queryText } from "../../session/batches.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import { Counts, titleOf } from "./BatchWords.tsx";
import { ExportButtons } from "./ExportButtons.tsx";
import { HOURS, sinceHours } from "./hours.ts";

export function BatchesView() {
  const { plant, clock } = usePlant();
  const machine = useParam("machine");
  const person = useParam("person");
  const hours = useParam("hours");
  const query = (): Query => ({
    ...(machine ? { machine: machine.replace(":", "_") } : {}),
    ...(person ? { person } : {}),
    ...(hours ? { since: Number(sinceHours(hours)) } : {}),
  });
  const pages = useInfiniteQuery({
    queryKey: ["batches", machine, person, hours],
    queryFn: ({ pageParam, signal }) =>
      listBatches(api, { ...query(), ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor || null,
    placeholderData: keepPreviousData,
  });
  const batches = pages.data?.pages.flatMap(({ items }) => items) ?? null;
  const problem = problemOf(pages);
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
      <div className="filters">
        <label className="inline">
          <span>{t("batch-machine")}</span>
          <input
            list="machines"
            value={machine}
            placeholder={t("batches-any")}
            onChange={(event) => setParam("machine", event.target.value)}
          />
        </label>
        <datalist id="machines">
          {[...plant.machines.values()].slice(0, 500).map((each) => (
            <option key={each.key} value={each.id} />
          ))}
        </datalist>
        <label className="inline">
          <span>{t("batches-person")}</span>
          <input
            value={person}
            placeholder={t("batches-any")}
            onChange={(event) => setParam("person", event.target.value)}
          />
        </label>
        <label className="inline">
          <span>{t("batches-when")}</span>
          <select value={hours} onChange={(event) => setParam("hours", event.target.value)}>
            {HOURS.map(([value, label]) => (
              <option key={value} value={value}>
                {t(label)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {problem && (
        <p className="refusal" role="alert">
          {problem}
        </p>
      )}
      {batches === null && !problem && <p className="quiet">{t("changes-reading")}</p>}
      {batches?.length === 0 && <p className="empty">{t("batches-none")}</p>}
      {batches !== null && batches.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard.
        <section className="table-scroll" aria-label={t("frame-batches")} tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("batches-when")}</th>
                <th scope="col">{t("batches-who")}</th>
                <th scope="col">{t("batches-what")}</th>
                <th scope="col" className="number">
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
                    <td>{clock.full(batch.at)}</td>
                    <td>{batch.person}</td>
                    <td>
                      <a href={hrefOf({ view: "batch", txId: batch.txId })}>{titleOf(batch, total)}</a>
                    </td>
                    <td className="number">{total}</td>
                    <td>
                      <Counts counts={batch.counts} />
                    </td>
                    <td className="quiet">{batch.reason}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </section>
      )}
      {pages.hasNextPage && (
        <p>
          <button type="button" onClick={() => void pages.fetchNextPage()}>
            {t("batches-more", { count: batches?.length ?? 0 })}
          </button>
        </p>
      )}
    </>
  );
}
