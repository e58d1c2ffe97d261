/** Events, newest first: live, filtered by the address, acknowledged with a note, exported. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { api } from "../../api.ts";
import { useMe } from "../../hooks/useSession.ts";
import { useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { ExportButtons } from "../batches/ExportButtons.tsx";
import { machineKeyOf } from "../batches/filters.ts";
import { sinceHours } from "../batches/hours.ts";
import { ChoiceFilter, Filters, PersonFilter, TextFilter } from "../batches/ListFilters.tsx";
import { usePages } from "../batches/usePages.ts";
import { usePlant } from "../plant/plantContext.ts";
import { EventTable } from "./EventTable.tsx";
import { type EventPage, fetchEvents, GROUPS, lastSeen, noteSeen, textOf } from "./events.ts";
import { Ribbons } from "./Ribbons.tsx";
import { type Span, useStates } from "./useStates.ts";
import { SINCE_HERE, useShifts, WhenFilter } from "./WhenFilter.tsx";

/** The delay until the list shows new events. */
const LOOK_EVERY_MS = 2_000;
/** If no time is chosen, the ribbons show the length of a shift. */
const USUAL_S = 8 * 3_600;
const KINDS = [
  ["", "events-any"],
  ["stops", "events-group-stops"],
  ["alarms", "events-group-alarms"],
  ["contact", "events-group-contact"],
  ["targets", "events-group-targets"],
  ["plant", "events-group-plant"],
] as const;

export function EventsView() {
  const { plant } = usePlant();
  const me = useMe()?.name ?? "";
  const seen = useMemo(() => (me ? lastSeen(me) : 0), [me]);
  const line = useParam("line");
  const machine = useParam("machine");
  const person = useParam("person");
  const group = useParam("kind");
  const hours = useParam("hours");
  const shift = useParam("shift");
  const params = () => ({
    line,
    machine: machine ? machineKeyOf(machine, plant) : "",
    person,
    kind: GROUPS[group] ?? "",
    shift,
    since: hours === SINCE_HERE ? String(seen) : sinceHours(hours),
  });
  const key = ["events", line, machine, person, group, hours, shift];
  const { items, problem, more, isReading } = usePages(key, (cursor, signal) =>
    fetchEvents({ ...params(), cursor }, signal),
  );
  useLive(key, () => params(), items);
  const newest = items?.[0]?.at ?? 0;
  const isWhole = !(line || machine || person || group || shift) && ["", SINCE_HERE].includes(hours);
  useEffect(() => {
    if (me && isWhole && newest > lastSeen(me)) noteSeen(me, newest);
  }, [me, isWhole, newest]);
  const exportAs = (format: string) => ({
    label: t("events-export", { format }),
    start: (signal: AbortSignal) =>
      api.download(`/api/events/export.${format}?${textOf(params())}`, `setpoint-events.${format}`, {
        signal,
      }),
  });
  return (
    <>
      <div className="view-head">
        <h1>{t("frame-events")}</h1>
        <span className="spring" />
        <ExportButtons exports={["xlsx", "csv"].map(exportAs)} />
      </div>
      <Filters isSet={Boolean(line || machine || person || group || hours || shift)}>
        <TextFilter name="line" label={t("events-line")} />
        <TextFilter name="machine" label={t("batch-machine")} />
        <PersonFilter />
        <ChoiceFilter name="kind" label={t("batches-what")} options={KINDS} />
        <WhenFilter hasBeenHere={seen > 0} />
      </Filters>
      <ShownStates seen={seen} />
      {problem && (
        <p className="refusal" role="alert">
          {problem}
        </p>
      )}
      {items === null && !problem && <p className="quiet">{t("changes-reading")}</p>}
      {items?.length === 0 && <p className="empty">{t("events-none")}</p>}
      {items !== null && items.length > 0 && <EventTable events={items} seen={seen} listKey={key} />}
      {more && (
        <p>
          <button type="button" disabled={isReading} onClick={more}>
            {t("events-more", { count: items?.length ?? 0 })}
          </button>
        </p>
      )}
    </>
  );
}

/** The ribbons of the line or the machine that the list is narrowed to. */
function ShownStates({ seen }: { seen: number }) {
  const { plant } = usePlant();
  const line = useParam("line");
  const machine = useParam("machine");
  const machines = useMemo(() => {
    const key = machine ? machineKeyOf(machine, plant) : "";
    if (key) return plant.machines.has(key) ? [key] : [];
    return plant.lines.find(({ id }) => id === line)?.machines.map((each) => each.key) ?? [];
  }, [line, machine, plant]);
  return machines.length > 0 ? <StatesOf machines={machines} seen={seen} /> : null;
}

function StatesOf({ machines, seen }: { machines: readonly string[]; seen: number }) {
  const hours = useParam("hours");
  const shift = useParam("shift");
  const shifts = useShifts();
  const span = useMemo((): Span => {
    const worked = shifts.find(({ since }) => String(since) === shift);
    if (worked) return { since: worked.since, until: worked.until };
    if (hours === SINCE_HERE) return { since: seen, until: Number.POSITIVE_INFINITY };
    return { last: Number(hours) * 3_600 || USUAL_S };
  }, [hours, shift, shifts, seen]);
  const { states, problem } = useStates(machines, span);
  if (problem) return <p className="amber">{problem}</p>;
  return states && <Ribbons machines={machines} states={states} />;
}

/** Reads the list again, once, when there is a newer event than its first. */
function useLive(
  key: readonly string[],
  params: () => Record<string, string>,
  items: Readonly<EventPage["items"]> | null,
): void {
  const client = useQueryClient();
  const { data } = useQuery<EventPage>({
    queryKey: ["newest", ...key],
    queryFn: ({ signal }) => fetchEvents({ ...params(), limit: "1" }, signal),
    refetchInterval: LOOK_EVERY_MS,
  });
  const newest = JSON.stringify(data?.items[0] ?? null);
  const first = JSON.stringify(items?.[0] ?? null);
  const lastRefetch = useRef("");
  const name = key.join("\n");
  const isKnown = data !== undefined && items !== null;
  useEffect(() => {
    if (!isKnown || newest === first || lastRefetch.current === `${name}\n${newest}`) return;
    lastRefetch.current = `${name}\n${newest}`;
    void client.invalidateQueries({ queryKey: name.split("\n") });
  }, [client, isKnown, name, newest, first]);
}
