/** Every batch: who, when, from which file, why, and how its targets ended. Filters are in the address. */
import { useCallback, useEffect, useState } from "react";
import { api, messageOf } from "../../api.ts";
import { plural } from "../../format/index.ts";
import { hrefOf, setParam, useParam } from "../../router.ts";
import { listBatches, type Query, queryText, type Summary } from "../../session/batches.ts";
import { usePlant } from "../plant/plantContext.ts";
import { Counts, titleOf } from "./BatchWords.tsx";
import { ExportButtons } from "./ExportButtons.tsx";

const HOURS: readonly (readonly [value: string, label: string])[] = [
  ["", "any time"],
  ["1", "last hour"],
  ["24", "last 24 hours"],
  ["168", "last 7 days"],
];

export function BatchesView() {
  const { plant, clock } = usePlant();
  const machine = useParam("machine");
  const person = useParam("person");
  const hours = useParam("hours");
  const [batches, setBatches] = useState<readonly Summary[] | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const query = useCallback(
    (): Query => ({
      ...(machine ? { machine: machine.replace(":", "_") } : {}),
      ...(person ? { person } : {}),
      ...(hours ? { since: Math.floor(Date.now() / 1000) - Number(hours) * 3600 } : {}),
    }),
    [machine, person, hours],
  );
  useEffect(() => {
    const abort = new AbortController();
    listBatches(api, query(), abort.signal).then(
      ({ items, nextCursor }) => {
        setBatches(items);
        setCursor(nextCursor ?? null);
        setProblem(null);
      },
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(messageOf(error));
      },
    );
    return () => abort.abort();
  }, [query]);
  const more = () => {
    if (!cursor) return;
    listBatches(api, { ...query(), cursor }).then(
      ({ items, nextCursor }) => {
        setBatches([...(batches ?? []), ...items]);
        setCursor(nextCursor ?? null);
      },
      (error: unknown) => setProblem(messageOf(error)),
    );
  };
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
      {cursor && (
        <p>
          <button type="button" onClick={more}>
            More than {plural(batches?.length ?? 0, "batch", "batches")}
          </button>
        </p>
      )}
    </>
  );
}
