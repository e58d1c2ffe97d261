/**
 * The words and symbols of the board: short and plain. The same thing has the same name on every view, and colour is
 * never the only sign of it.
 */

import type { Value } from "../contract/index.ts";
import type { Hold } from "../session/hold.ts";
import { isCritical } from "../store/machine/types.ts";
import { hasText, localeNow, t } from "../texts/catalogue.ts";

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

interface Since {
  readonly since?: Value;
  readonly sinceSeen?: Value;
  readonly sinceEarlier?: Value;
}

/**
 * The time at which a status began, as `write` writes it. If it is known only that it did not begin later (TOPIC-1), the words
 * say so; after a gap in contact, also when the machine was known to have it before (TOPIC-2).
 */
export function orEarlier({ since, sinceSeen, sinceEarlier }: Since, write: (ts: number) => string): string {
  if (typeof since !== "number") return "";
  const time = write(since);
  if (sinceSeen !== true) return time;
  return typeof sinceEarlier === "number"
    ? t("status-already", { time, earlier: write(sinceEarlier) })
    : t("status-or-earlier", { time });
}

/** `EMERGENCY_STOP` → `EMERGENCY STOP`: a critical status keeps its capitals, the others are quiet words. */
export function statusWord(status: Value | undefined): string {
  if (typeof status !== "string" || status === "") return t("status-none");
  if (hasText(`status-${status}`)) return t(`status-${status}`);
  const words = status.replaceAll("_", " ");
  return isCritical(status) ? words : words.charAt(0) + words.slice(1).toLowerCase();
}

/** A sentence with statuses as people say them: `voided by EMERGENCY STOP`. */
export function withStatusWords(text: string): string {
  return text.replace(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (status) =>
    hasText(`status-${status}`) ? t(`status-${status}`) : status.replaceAll("_", " "),
  );
}

export function qualityWord(quality: Value | undefined): string {
  return t(hasText(`quality-${quality}`) ? `quality-${quality}` : "quality-none");
}

/** `Line 01 · Filling`, or only `Line 01` for a line without a name of its own. */
export function lineTitle(id: string, name: string): string {
  const line = t("frame-line", { line: id });
  return name && name !== `Line ${id}` ? `${line} · ${name}` : line;
}

/** Why nothing can be sent now, and what happens to the typed text. */
export function linkHoldWords(hold: Hold): string {
  return t("link-held", { why: t(`link-${hold}`) });
}

/** How a target ended. An unknown outcome of a newer server is shown by its name. */
export function outcomeWord(outcome: string): string {
  return hasText(`outcome-${outcome}`) ? t(`outcome-${outcome}`) : outcome;
}

/** What a person may do. */
export function roleWord(role: string): string {
  return hasText(`role-${role}`) ? t(`role-${role}`) : role;
}

/** A word within a sentence: small in English; in German, nouns keep their capital. */
export function inSentence(word: string): string {
  return localeNow().startsWith("en") ? word.toLowerCase() : word;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString(localeNow())} ${count === 1 ? one : many}`;
}

/** A word that begins with a capital. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** With a capital and its full stop, so that the next sentence does not run into it. */
export function asSentence(text: string): string {
  return /[.!?…:]$/.test(text) || text === "" ? capital(text) : `${capital(text)}.`;
}
