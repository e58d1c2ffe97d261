/** The security log: sign-ins, refusals, rights, tokens and second persons. Filters are in the address. */
import { api } from "../../api.ts";
import { setParam, useParam } from "../../router.ts";
import { hasText, t } from "../../texts/catalogue.ts";
import { ScrollingTable } from "../../ui/ScrollingTable.tsx";
import { ExportButtons } from "../batches/ExportButtons.tsx";
import { sinceHours } from "../batches/hours.ts";
import { PersonFilter, WhenFilter } from "../batches/ListFilters.tsx";
import { usePages } from "../batches/usePages.ts";
import { usePlant } from "../plant/plantContext.ts";
import { AdminPage } from "./AdminPage.tsx";
import { fetchSecurity, SECURITY_EVENTS, type SecurityEntry } from "./admin.ts";

export function SecurityView() {
  return (
    <AdminPage title={t("frame-security")}>
      <Log />
    </AdminPage>
  );
}

function Log() {
  const event = useParam("event");
  const person = useParam("person");
  const hours = useParam("hours");
  const queryString = (cursor = ""): string => {
    const params = { event, person, since: sinceHours(hours), cursor };
    return new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  };
  const {
    items: entries,
    problem,
    more,
    isReading,
  } = usePages(["security", event, person, hours], (cursor, signal) =>
    fetchSecurity(queryString(cursor), signal),
  );
  return (
    <>
      <div className="filters">
        <label className="inline">
          <span>{t("batches-what")}</span>
          <select value={event} onChange={(change) => setParam("event", change.target.value)}>
            <option value="">{t("security-any")}</option>
            {SECURITY_EVENTS.map((each) => (
              <option key={each} value={each}>
                {wordsOf(each)}
              </option>
            ))}
          </select>
        </label>
        <PersonFilter />
        <WhenFilter />
        <ExportButtons
          exports={[
            {
              label: t("security-export"),
              start: (signal) =>
                api.download(`/api/security/export.csv?${queryString()}`, "setpoint-security.csv", {
                  signal,
                }),
            },
          ]}
        />
      </div>
      {problem && <p role="alert">{problem}</p>}
      {entries === null && !problem && <p role="status">{t("security-loading")}</p>}
      {entries?.length === 0 && <p className="quiet">{t("security-none")}</p>}
      {entries !== null && entries.length > 0 && <Entries entries={entries} />}
      {more && (
        <p>
          <button type="button" disabled={isReading} onClick={more}>
            {t("security-more", { count: entries?.length ?? 0 })}
          </button>
        </p>
      )}
    </>
  );
}

function Entries({ entries }: { entries: readonly SecurityEntry[] }) {
  const { clock } = usePlant();
  return (
    <ScrollingTable label={t("security-entries")} className="is-list">
      <thead>
        <tr>
          <th scope="col">{t("batches-when")}</th>
          <th scope="col">{t("batches-what")}</th>
          <th scope="col">{t("batches-person")}</th>
          <th scope="col">{t("security-address")}</th>
          <th scope="col">{t("security-details")}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((each) => (
          <tr key={each.seq}>
            <td>{clock.full(each.at)}</td>
            <td>{wordsOf(each.event)}</td>
            <td>{each.person}</td>
            <td>{each.address}</td>
            <td className="details quiet">{detailsOf(each, clock.full)}</td>
          </tr>
        ))}
      </tbody>
    </ScrollingTable>
  );
}

/** An event of a newer server is shown by its name. */
const wordsOf = (event: string): string =>
  hasText(`security-${event}`) ? t(`security-${event}`) : event.replaceAll("-", " ");

/** Fingerprints are for `setpoint audit verify`, not for people. */
function detailsOf({ facts }: SecurityEntry, instant: (at: number) => string): string {
  return Object.entries(facts)
    .filter(([key]) => !/fingerprint$/i.test(key) && key !== "replaced")
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([key, value]) => [key, key === "expires" ? instant(Number(value)) : wordsOfFact(key, value)])
    .map(([key, words]) => `${known(`fact-${key}`) ?? key}: ${words}`)
    .join(", ");
}

/** The text with this id; undefined for an entry that only a newer server knows. */
const known = (id: string): string | null => (hasText(id) ? t(id) : null);

/** `m:401 targetSpeed 1200` for what was asked of machines. */
function wordsOfFact(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => wordsOfFact(key, each)).join(" ");
  if (typeof value === "string") return known(`fact-${key}-${value}`) ?? value;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, each]) => `${name.replace(/^m_/, "m:")} ${wordsOfFact(name, each)}`)
    .join("; ");
}
