/** The security log: sign-ins, refusals, rights, tokens and second persons. Filters are in the address. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { plural } from "../../format/index.ts";
import { problemOf } from "../../queries.ts";
import { setParam, useParam } from "../../router.ts";
import { ExportButtons } from "../batches/ExportButtons.tsx";
import { HOURS, sinceHours } from "../batches/hours.ts";
import { usePlant } from "../plant/plantContext.ts";
import { AdminPage } from "./AdminPage.tsx";
import { fetchSecurity, SECURITY_EVENTS, type SecurityEntry } from "./admin.ts";

export function SecurityView() {
  return (
    <AdminPage title="Security log">
      <Log />
    </AdminPage>
  );
}

function Log() {
  const event = useParam("event");
  const person = useParam("person");
  const hours = useParam("hours");
  const asked = (cursor = ""): string => {
    const params = { event, person, since: sinceHours(hours), cursor };
    return new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  };
  const pages = useInfiniteQuery({
    queryKey: ["security", event, person, hours],
    queryFn: ({ pageParam, signal }) => fetchSecurity(asked(pageParam), signal),
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor || null,
    placeholderData: keepPreviousData,
  });
  const entries = pages.data?.pages.flatMap(({ items }) => items) ?? null;
  const problem = problemOf(pages);
  return (
    <>
      <div className="filters">
        <label className="inline">
          <span>What</span>
          <select value={event} onChange={(change) => setParam("event", change.target.value)}>
            <option value="">anything</option>
            {SECURITY_EVENTS.map((each) => (
              <option key={each} value={each}>
                {wordsOf(each)}
              </option>
            ))}
          </select>
        </label>
        <label className="inline">
          <span>Person</span>
          <input
            value={person}
            placeholder="any"
            onChange={(change) => setParam("person", change.target.value)}
          />
        </label>
        <label className="inline">
          <span>When</span>
          <select value={hours} onChange={(change) => setParam("hours", change.target.value)}>
            {HOURS.map(([value, label]) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <ExportButtons
          exports={[
            {
              label: "Export csv",
              start: (signal) =>
                api.download(`/api/security/export.csv?${asked()}`, "setpoint-security.csv", { signal }),
            },
          ]}
        />
      </div>
      {problem && <p role="alert">{problem}</p>}
      {entries === null && !problem && <p role="status">Loading the log</p>}
      {entries?.length === 0 && <p className="quiet">No entry matches.</p>}
      {entries !== null && entries.length > 0 && <Entries entries={entries} />}
      {pages.hasNextPage && (
        <p>
          <button type="button" disabled={pages.isFetching} onClick={() => void pages.fetchNextPage()}>
            More than {plural(entries?.length ?? 0, "entry", "entries")}
          </button>
        </p>
      )}
    </>
  );
}

function Entries({ entries }: { entries: readonly SecurityEntry[] }) {
  const { clock } = usePlant();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard.
    <section className="table-scroll" aria-label="Entries" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
            <th scope="col">Person</th>
            <th scope="col">Address</th>
            <th scope="col">Details</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((each) => (
            <tr key={each.seq}>
              <td>{clock.full(each.at)}</td>
              <td>{wordsOf(each.event)}</td>
              <td>{each.person}</td>
              <td>{each.address}</td>
              <td className="details quiet">{detailsOf(each)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const wordsOf = (event: string): string => event.replaceAll("-", " ");

function detailsOf({ facts }: SecurityEntry): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => `${key}: ${wordsOfFact(value)}`)
    .join(", ");
}

function wordsOfFact(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOfFact).join(" ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
