/** Ages, and times in the plant's zone. */
import { localeNow, t } from "../texts/catalogue.ts";

/** How long ago, for people: seconds, then minutes, then hours. Never negative; number and unit stay on one line. */
export function ageWords(milliseconds: number): string {
  return unbroken(ageText(milliseconds));
}

/** A text that no line ends within. */
export function unbroken(text: string): string {
  return text.replaceAll(" ", "\u00a0");
}

function ageText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return t("age-seconds", { count: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return t("age-minutes", { count: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t("age-hours", { count: hours });
  return t("age-days", { count: Math.floor(hours / 24) });
}

/** `27 Nov 2026`, of a date such as `2026-11-27`. */
export function dayWords(date: string): string {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at)) return date;
  const parts = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(localeNow(), parts).format(at);
}

let byServer = () => Date.now();

/** Unix milliseconds by the server's clock, once a session knows it, because a tablet's own clock may be wrong. */
export const nowMs = (): number => byServer();

export function setClock(clock: () => number): void {
  byServer = clock;
}

export interface Clock {
  /** `14:02:11` today; with the date on any other day. */
  time(seconds: number): string;
  /** `14:02`. */
  minute(seconds: number): string;
  /** `23 Nov 2026, 14:02:11`. */
  full(seconds: number): string;
}

/**
 * Times in the plant's zone, whatever the viewer's, as the page's language writes them. Each format is made
 * when the first time is written with it: the first one of a page takes a browser longer than most other
 * work.
 */
export function clockOf(timeZone: string): Clock {
  const locale = localeNow();
  const hm = { hour: "2-digit", minute: "2-digit", hour12: false } as const;
  const hms = { ...hm, second: "2-digit" } as const;
  const date = { day: "numeric", month: "short" } as const;
  const timeOf = written(locale, timeZone, hms);
  const minuteOf = written(locale, timeZone, hm);
  const dayOf = written(locale, timeZone, date);
  const fullOf = written(locale, timeZone, { ...date, year: "numeric", ...hms });
  const prefix = (ms: number): string => (dayOf(ms) === dayOf(nowMs()) ? "" : `${dayOf(ms)} `);
  return {
    time: (seconds) => prefix(seconds * 1000) + timeOf(seconds * 1000),
    minute: (seconds) => prefix(seconds * 1000) + minuteOf(seconds * 1000),
    full: (seconds) => fullOf(seconds * 1000),
  };
}

/** Writes instants, in UTC if the browser does not know the zone. */
function written(
  locale: string,
  timeZone: string,
  parts: Intl.DateTimeFormatOptions,
): (ms: number) => string {
  let format: Intl.DateTimeFormat | undefined;
  return (ms) => {
    format ??= dateFormat(locale, timeZone, parts);
    return format.format(ms);
  };
}

function dateFormat(
  locale: string,
  timeZone: string,
  parts: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(locale, { ...parts, timeZone });
  } catch {
    return new Intl.DateTimeFormat(locale, { ...parts, timeZone: "UTC" });
  }
}
