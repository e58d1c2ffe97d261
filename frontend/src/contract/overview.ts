/**
 * The condition of many machines in one value: columns instead of records, so that 10,000 fit a frame (OVER-1).
 * Twin of `src/setpoint/contract/live/overview.py`, which describes each column.
 */
import { z } from "../zod.ts";

/** Longer numbers are not counted up, so that both languages count alike. */
const MAX_DIGITS = 12;

const Value = z.union([z.number(), z.string(), z.boolean(), z.null()]);
type Value = z.infer<typeof Value>;

const Columns = z.object({
  machines: z
    .array(z.union([z.string(), z.int()]))
    .readonly()
    .default([]),
  kinds: z
    .array(z.tuple([Value, Value]).readonly())
    .readonly()
    .default([]),
  kind: z.array(z.int()).readonly().default([]),
  ageS: z.array(z.int().nullable()).readonly().default([]),
});

/** The columns fit each other, so that no frame makes a client allocate more than was sent. */
export const Overview = Columns.readonly().refine(
  isWhole,
  "expected columns of one length, and runs that can be counted up",
);
export type Overview = z.infer<typeof Overview>;

/**
 * The overview, or null if the value is not one. The columns are checked one value at a time, because the schema would
 * take a tenth of the time to the first paint of 10,000 machines. A value that the server would not write in this form
 * goes to the schema, which also fills in missing keys.
 */
export function overviewOf(value: unknown): Overview | null {
  const walked = walk(value);
  if (walked) return isWhole(walked) ? walked : null;
  return Overview.safeParse(value).data ?? null;
}

const isInt = (value: unknown): boolean => Number.isSafeInteger(value);
const isText = (value: unknown): boolean => typeof value === "string";
const isValue = (value: unknown): boolean => value === null || Value.safeParse(value).success;

function walk(value: unknown): Overview | null {
  if (typeof value !== "object" || value === null) return null;
  const { machines, kinds, kind, ageS } = value as { readonly [column in keyof Overview]?: unknown };
  if (!Array.isArray(machines) || !machines.every((each) => isText(each) || isInt(each))) return null;
  if (
    !Array.isArray(kinds) ||
    !kinds.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isValue))
  )
    return null;
  if (!Array.isArray(kind) || !kind.every(isInt)) return null;
  if (!Array.isArray(ageS) || !ageS.every((age) => age === null || isInt(age))) return null;
  return { machines, kinds, kind, ageS };
}

/** One machine of an overview. `since` is in whole Unix seconds, null if it is not known when the status began. */
export interface Condition {
  readonly status: Value;
  readonly quality: Value;
  readonly since: number | null;
}

/** By entity key, in the order of the frame. */
export function* unpack(
  { machines, kinds, kind, ageS }: Overview,
  ts: number,
): Generator<[string, Condition]> {
  const nowS = Math.floor(ts);
  let at = 0;
  for (const key of keysOf(machines)) {
    const [status = null, quality = null] = kinds[kind[at] ?? 0] ?? [];
    const age = ageS[at] ?? null;
    yield [key, { status, quality, since: age === null ? null : nowS - age }];
    at += 1;
  }
}

function isWhole({ machines, kinds, kind, ageS }: z.infer<typeof Columns>): boolean {
  let size = 0;
  if (machines.length % 2 !== 0) return false;
  for (let at = 0; at < machines.length; at += 2) {
    const key = machines[at];
    const count = machines[at + 1];
    if (typeof key !== "string" || typeof count !== "number" || count < 1) return false;
    if (count > 1 && parted(key)[1] === "") return false;
    size += count;
  }
  return (
    size === kind.length && size === ageS.length && kind.every((place) => place >= 0 && place < kinds.length)
  );
}

/** The number at the end of a key, "" if it has none that can be counted up. */
function parted(key: string): [string, string] {
  const digits = /[0-9]*$/.exec(key)?.[0] ?? "";
  return digits.length > MAX_DIGITS ? [key, ""] : [key.slice(0, key.length - digits.length), digits];
}

function* keysOf(runs: Overview["machines"]): Generator<string> {
  for (let at = 0; at < runs.length; at += 2) {
    const key = String(runs[at]);
    const count = Number(runs[at + 1]);
    if (count === 1) {
      yield key;
      continue;
    }
    const [stem, digits] = parted(key);
    for (let next = 0; next < count; next += 1) {
      yield stem + String(Number(digits) + next).padStart(digits.length, "0");
    }
  }
}
