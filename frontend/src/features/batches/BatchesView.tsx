/** Every batch: who, when, from which file, why, and how its targets ended. Filters are in the address. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { plural } from "../../format/index.ts";
import { problemOf } from "../../queries.ts";
import { hrefOf, setParam, useParam } from "../../router.ts";
import { listBatches, type Query, queryText } from "../../session/batches.ts";
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
    label: `Export ${format}`,
    start: (signal: AbortSignal) =>
      api.download(`/api/batches/export.${format}?${queryText(query())}`, `setpoint-batches.${format}`, {
        signal,
      }),
  });
  return (
    <>
      <div className="view-head">
        <h1>Batches</h1>
        <span className="spring" />
        <ExportButtons exports={["xlsx", "csv"].map(exportAs)} />
      </div>
      <div className="filters">
        <label className="inline">
          <span>Machine</span>
          <input
            list="machines"
            value={machine}
            placeholder="any"
            onChange={(event) => setParam("machine", event.target.value)}
          />
        </label>
        <datalist id="machines">
          {[...plant.machines.values()].slice(0, 500).map((each) => (
            <option key={each.key} value={each.id} />
          ))}
        </datalist>
        <label className="inline">
          <span>Person</span>
          <input
            value={person}
            placeholder="any"
            onChange={(event) => setParam("person", event.target.value)}
          />
        </label>
        <label className="inline">
          <span>When</span>
          <select value={hours} onChange={(event) => setParam("hours", event.target.value)}>
            {HOURS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
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
      {batches === null && !problem && <p className="quiet">Reading</p>}
      {batches?.length === 0 && <p className="empty">No batch matches.</p>}
      {batches !== null && batches.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard.
        <section className="table-scroll" aria-label="Batches" tabIndex={0}>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col" className="number">
                  Targets
                </th>
                <th scope="col">Outcomes</th>
                <th scope="col">Reason</th>
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
            More than {plural(batches?.length ?? 0, "batch", "batches")}
          </button>
        </p>
      )}
    </>
  );
}
