/** The last targets of a machine, with their authors and outcomes. Fetched again when an outcome arrives. */

import { useQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { measured, shown, statusWord } from "../../format/index.ts";
import { problemOf, useRefetchOn } from "../../queries.ts";
import { hrefOf } from "../../router.ts";
import { fetchBatch, listBatches, type Story } from "../../session/batches.ts";
import { useRecent } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { OutcomeWords } from "../batches/BatchWords.tsx";
import { usePlant } from "../plant/plantContext.ts";

const MOST_LISTED = 8;

/** The last batches with targets for a machine; `stories` is null until they are read. */
export interface Lately {
  readonly stories: readonly Story[] | null;
  readonly problem: string | null;
}

export function useLately(machine: string): Lately {
  const recent = useRecent(machine);
  const query = useQuery({
    queryKey: ["lately", machine],
    queryFn: async ({ signal }) => {
      const { items } = await listBatches(api, { machine, limit: MOST_LISTED }, signal);
      return Promise.all(items.map((summary) => fetchBatch(api, summary.txId, signal)));
    },
  });
  useRefetchOn(recent, query);
  return { stories: query.data ?? null, problem: problemOf(query) };
}

export function RecentChanges({
  machine,
  lately: { stories, problem },
}: {
  machine: string;
  lately: Lately;
}) {
  const { plant, clock } = usePlant();
  const recent = useRecent(machine);
  const changes = (stories ?? []).flatMap((story) =>
    story.results.filter((result) => result.machine === machine).map((result) => ({ story, result })),
  );
  const known = new Set((stories ?? []).map((story) => story.txId));
  const byDevice = recent
    .filter(({ outcome }) => !known.has(outcome.txId) && outcome.by?.kind !== "operator")
    .toReversed();
  return (
    <section className="panel" aria-labelledby="recent">
      <h2 id="recent">{t("changes-title")}</h2>
      {problem && <p className="amber">{t("changes-not-known", { problem })}</p>}
      {!problem && stories !== null && changes.length + byDevice.length === 0 && (
        <p className="quiet">{t("changes-none")}</p>
      )}
      {stories === null && !problem && <p className="quiet">{t("changes-reading")}</p>}
      <ol className="changes">
        {byDevice.map(({ ts, outcome }) => {
          const field = plant.fieldsByName.get(outcome.field);
          return (
            <li key={`${outcome.txId} ${outcome.field}`}>
              <time>{clock.time(ts)}</time>
              <div>
                {field?.label || outcome.field} {field && measured(field, outcome.value)}{" "}
                {outcome.by?.kind === "safety"
                  ? t("changes-by", { name: statusWord(outcome.by.name ?? "safety") })
                  : t("changes-at-machine")}
              </div>
            </li>
          );
        })}
        {changes.map(({ story, result }) => {
          const field = plant.fieldsByName.get(result.field) ?? null;
          const target = result.asked ?? result.value;
          return (
            <li key={`${story.txId} ${result.field}`}>
              <time>{clock.time(story.at)}</time>
              <div>
                <a href={hrefOf({ view: "batch", txId: story.txId })}>
                  {field?.label || result.field}{" "}
                  {result.before === undefined ? "" : `${shown(field, result.before)} → `}
                  {field ? measured(field, target) : shown(null, target)}
                </a>{" "}
                {t("changes-by", { name: story.person })}
                {story.source && (
                  <span className="quiet"> {t("changes-from", { file: story.source.filename })}</span>
                )}
                {story.reason && <span className="quiet">, “{story.reason}”</span>}
                <br />
                <OutcomeWords result={result} />
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
