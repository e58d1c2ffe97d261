/** How far back a list goes. */
export const HOURS: readonly (readonly [value: string, label: string])[] = [
  ["", "any time"],
  ["1", "last hour"],
  ["24", "last 24 hours"],
  ["168", "last 7 days"],
];

/** Unix seconds so many hours ago, as text; empty for any time. */
export function sinceHours(hours: string): string {
  return hours ? String(Math.floor(Date.now() / 1000) - Number(hours) * 3600) : "";
}
