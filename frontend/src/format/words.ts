/**
 * The words and symbols of the board: short and plain. The same thing has the same name on every view, and colour is
 * never the only sign of it.
 */
import type { Value } from "../contract/index.ts";
import { isCritical } from "../store/machine/types.ts";

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

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-GB")} ${count === 1 ? one : many}`;
}
