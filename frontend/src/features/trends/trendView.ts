/**
 * The state of a chart in the address: signals, time, and comparison. A copied address shows another person the same.
 *
 *     t   8h: the last eight hours, live; 1764288000..1764316800: from and to, Unix seconds
 *     s   m_402.speed,m_401.temp: further signals
 *     vs  yesterday: the same signals a day before; m_402: the same fields of another machine
 */

/** A time that ends now and moves, or a fixed one. */
export type Span =
  | { readonly kind: "live"; readonly seconds: number }
  | { readonly kind: "fixed"; readonly from: number; readonly to: number };

export interface TrendView {
  readonly span: Span;
  readonly added: readonly string[];
  readonly versus: string;
}

export const SPANS = [
  ["10m", 600],
  ["1h", 3_600],
  ["8h", 28_800],
  ["24h", 86_400],
  ["7d", 604_800],
] as const;
export const YESTERDAY = "yesterday";
export const DAY_S = 86_400;
const SHORTEST_S = 10;
const LONGEST_S = 400 * DAY_S;
const MOST_ADDED = 12;
const FIXED = /^(\d{1,12}(?:\.\d{1,3})?)\.\.(\d{1,12}(?:\.\d{1,3})?)$/;
const SIGNAL = /^m_[0-9A-Za-z]{1,12}\.[A-Za-z][A-Za-z0-9]{0,39}$/;

/** The view in these parameters of the address; unknown names are left out. */
export function readView(t: string, s: string, vs: string): TrendView {
  const added = s.split(",").filter((name) => SIGNAL.test(name));
  return {
    span: spanOf(t),
    added: [...new Set(added)].slice(0, MOST_ADDED),
    versus: vs === YESTERDAY || /^m_[0-9A-Za-z]{1,12}$/.test(vs) ? vs : "",
  };
}

function spanOf(text: string): Span {
  const [, from, to] = FIXED.exec(text) ?? [];
  if (from && to && Number(to) > Number(from)) return bounded(Number(from), Number(to));
  return { kind: "live", seconds: SPANS.find(([name]) => name === text)?.[1] ?? 600 };
}

/** The parameter `t` of a span. */
export function spanText(span: Span): string {
  if (span.kind === "fixed") return `${rounded(span.from)}..${rounded(span.to)}`;
  return SPANS.find(([, seconds]) => seconds === span.seconds)?.[0] ?? "";
}

const rounded = (seconds: number): number => Math.round(seconds * 10) / 10;

/** A fixed time no shorter and no longer than a chart can show. */
export function bounded(from: number, to: number): Span {
  const seconds = Math.min(LONGEST_S, Math.max(SHORTEST_S, to - from));
  const middle = (from + to) / 2;
  return { kind: "fixed", from: middle - seconds / 2, to: middle + seconds / 2 };
}

/** The span's two ends. */
export function endsOf(span: Span, now: number): { from: number; to: number } {
  return span.kind === "live" ? { from: now - span.seconds, to: now } : { from: span.from, to: span.to };
}

/** A span `factor` times as long, around the instant `at`. */
export function zoomed(span: Span, factor: number, at: number, now: number): Span {
  const { from, to } = endsOf(span, now);
  return settled(bounded(at - (at - from) * factor, at + (to - at) * factor), now);
}

/** Moves the span by a share of its length, to the right at most up to now, where it is live again. */
export function moved(span: Span, share: number, now: number): Span {
  const { from, to } = endsOf(span, now);
  const by = (to - from) * share;
  return settled({ kind: "fixed", from: from + by, to: to + by }, now);
}

/** A span beyond now ends now; if its length has a name, it is live. */
function settled(span: Span, now: number): Span {
  if (span.kind === "live" || span.to <= now) return span;
  const seconds = span.to - span.from;
  const named = SPANS.find(([, each]) => Math.abs(each - seconds) < 0.02 * each);
  return named ? { kind: "live", seconds: named[1] } : { kind: "fixed", from: now - seconds, to: now };
}
