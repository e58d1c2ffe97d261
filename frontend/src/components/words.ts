/**
 * The words, glyphs and numbers of the board: short, plain, without blame. One place, so that the same thing is
 * called the same on every view, and is never told by colour alone.
 */
import type { Field } from "../api/plant.ts";
import type { Value } from "../protocol/index.ts";
import { isCritical } from "../store/machine/types.ts";

export type { Value } from "../protocol/index.ts";
export { CRITICAL_OVERRIDES as CRITICAL, isCritical } from "../store/machine/types.ts";

export const GLYPH = {
  critical: "■",
  pending: "◆",
  conflict: "▲",
  stale: "◌",
  confirmed: "✓",
  failed: "✕",
  unknown: "?",
  idle: "□",
} as const;

export type Glyph = keyof typeof GLYPH;

/** `EMERGENCY_STOP` → `EMERGENCY STOP`: a critical status keeps its capitals, the others are quiet words. */
export function statusWord(status: Value | undefined): string {
  if (typeof status !== "string" || status === "") return "No status";
  const words = status.replaceAll("_", " ");
  return isCritical(status) ? words : words.charAt(0) + words.slice(1).toLowerCase();
}

/** A sentence with statuses as people say them: `voided by EMERGENCY STOP`. */
export function withStatusWords(text: string): string {
  return text.replace(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (status) => status.replaceAll("_", " "));
}

const QUALITY_WORDS: Record<string, string> = {
  GOOD: "Good",
  UNCERTAIN: "Uncertain",
  STALE: "Stale",
  BAD: "Bad reading",
  OFFLINE: "Offline",
  NEVER_SEEN: "Never seen",
};

export function qualityWord(quality: Value | undefined): string {
  return QUALITY_WORDS[String(quality)] ?? "Quality not told";
}

/** How long ago, for people: seconds, then minutes, then hours. Never negative. */
export function ageWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(decimals: number): Intl.NumberFormat {
  const key = String(decimals);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat("en-GB", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    formats.set(key, format);
  }
  return format;
}

export const NO_READING = "–";

/** A value as it is shown, without its unit. */
export function shown(field: Pick<Field, "decimals"> | null, value: Value | undefined): string {
  if (value === undefined || value === null) return NO_READING;
  if (typeof value === "number") return numberFormat(field?.decimals ?? 0).format(value);
  return String(value);
}

/** A value with its unit: `1,250 rpm`. */
export function measured(field: Field, value: Value | undefined): string {
  const text = shown(field, value);
  return field.unit && text !== NO_READING ? `${text} ${field.unit}` : text;
}

/** `0 to 3,000 rpm`; empty where the plant sets no limits. */
export function rangeWords(field: Field): string {
  if (field.type === "choice") return field.options.join(", ");
  const { minimum, maximum } = field;
  if (minimum !== null && maximum !== null) return `${shown(field, minimum)} to ${measured(field, maximum)}`;
  if (minimum !== null) return `at least ${measured(field, minimum)}`;
  if (maximum !== null) return `at most ${measured(field, maximum)}`;
  return field.unit;
}

/** Why a value cannot be asked for, in words for people; null where it can. */
export function refusalOf(field: Field, value: Value): string | null {
  if (!field.isWritable) return `${field.label || field.name} is measured by the machine and cannot be set.`;
  if (field.type === "choice") {
    return typeof value === "string" && field.options.includes(value)
      ? null
      : `One of ${field.options.join(", ")}.`;
  }
  if (field.type === "text")
    return typeof value === "string" && value.length <= 200 ? null : "At most 200 characters.";
  if (typeof value !== "number" || !Number.isFinite(value)) return `A number, ${rangeWords(field)}.`;
  const tooLow = field.minimum !== null && value < field.minimum;
  const tooHigh = field.maximum !== null && value > field.maximum;
  return tooLow || tooHigh ? `${measured(field, value)} is outside ${rangeWords(field)}.` : null;
}

/** `+47 %`; empty where a percentage would say nothing. */
export function changePercent(before: Value | undefined, after: Value | undefined): string {
  if (typeof before !== "number" || typeof after !== "number" || before === 0) return "";
  const percent = ((after - before) / Math.abs(before)) * 100;
  const rounded = Math.abs(percent) < 10 ? percent.toFixed(1) : percent.toFixed(0);
  return `${percent > 0 ? "+" : "−"}${rounded.replace(/^-/, "")} %`;
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

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}
