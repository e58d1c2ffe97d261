/** Ages, and times in the plant's zone. */

/** How long ago, for people: seconds, then minutes, then hours. Never negative. */
export function ageWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

export interface Clock {
  /** `14:02:11`, today; with the date where it was another day. */
  time(seconds: number): string;
  /** `14:02`. */
  minute(seconds: number): string;
  /** `23 Nov 2026, 14:02:11`. */
  full(seconds: number): string;
}

/** Times in the plant's zone, whatever the viewer's. */
export function clockOf(timeZone: string): Clock {
  const zone = isKnownZone(timeZone) ? timeZone : "UTC";
  const hms = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
    timeZone: zone,
  } as const;
  const date = { day: "numeric", month: "short", timeZone: zone } as const;
  const time = new Intl.DateTimeFormat("en-GB", hms);
  const minute = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    timeZone: zone,
  });
  const day = new Intl.DateTimeFormat("en-GB", date);
  const full = new Intl.DateTimeFormat("en-GB", { ...date, year: "numeric", ...hms });
  const prefix = (at: Date): string =>
    day.format(at) === day.format(Date.now()) ? "" : `${day.format(at)} `;
  return {
    time: (seconds) => prefix(new Date(seconds * 1000)) + time.format(seconds * 1000),
    minute: (seconds) => prefix(new Date(seconds * 1000)) + minute.format(seconds * 1000),
    full: (seconds) => full.format(seconds * 1000),
  };
}

function isKnownZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone });
    return true;
  } catch {
    return false;
  }
}
