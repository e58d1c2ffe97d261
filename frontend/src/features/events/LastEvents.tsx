/** The last events of a machine or a line, and the way to all of them. */
import { useQuery } from "@tanstack/react-query";
import { useConditions } from "../../hooks/useSession.ts";
import { problemOf, useRefetchAfter } from "../../queries.ts";
import { hrefOf } from "../../router.ts";
import { useRecent } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import { fetchEvents, keyOf, kindWords, whatOf } from "./events.ts";

const LOOK_EVERY_MS = 5_000;

/** Events are stored within about a second (EVT-2). */
const STORED_WITHIN_MS = 1_250;
const MOST_LISTED = "10";

/** `of` is either a machine (its entity key) or a line. */
export function LastEvents({ of }: { of: { machine: string } | { line: string } }) {
  const { plant, clock } = usePlant();
  const query = useQuery({
    queryKey: ["last-events", of],
    queryFn: ({ signal }) => fetchEvents({ ...of, limit: MOST_LISTED }, signal),
    refetchInterval: LOOK_EVERY_MS,
  });
  const machine = "machine" in of ? of.machine : "";
  const line = "line" in of ? of.line : (plant.machines.get(machine)?.line ?? "");
  useRefetchAfter(STORED_WITHIN_MS, useConditions(line), query);
  useRefetchAfter(STORED_WITHIN_MS, useRecent(machine), query);
  const problem = problemOf(query);
  const events = query.data?.items ?? null;
  const all = "machine" in of ? { machine: of.machine.replace("_", ":") } : of;
  return (
    <>
      {problem && <p className="amber">{problem}</p>}
      {events === null && !problem && <p className="quiet">{t("changes-reading")}</p>}
      {events?.length === 0 && <p className="quiet">{t("events-none")}</p>}
      <ol className="changes">
        {events?.map((event) => (
          <li key={keyOf(event)}>
            <time>{clock.time(event.at)}</time>
            <div>
              {!("machine" in of) && event.machine && (
                <>
                  <a href={hrefOf({ view: "machine", machine: event.machine })}>
                    {event.machine.replace("_", ":")}
                  </a>{" "}
                </>
              )}
              {kindWords(event)} {whatOf(event, plant)}
              {event.person && <span className="quiet"> {event.person}</span>}
            </div>
          </li>
        ))}
      </ol>
      <p className="events-all">
        <a href={hrefOf({ view: "events" }, all)}>{t("events-all")}</a>
      </p>
    </>
  );
}
