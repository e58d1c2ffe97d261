/**
 * The unit in a header: the field's own, one with a known factor, or another (XL-1). Twin of
 * `src/setpoint/core/ingest/units.py`.
 *
 * Only two kinds are accepted: a unit with a factor in the plant file (`units`), and another spelling of the field's
 * own unit.
 */
import { fold } from "../contract/topics.ts";
import type { FormField } from "./header.ts";

/** Units that are one and the same. */
const SAME: readonly (readonly string[])[] = [
  ["rpm", "1/min", "/min", "min-1", "min^-1", "min⁻¹", "u/min", "upm", "r/min", "rev/min", "tr/min"],
  ["°c", "℃", "c", "degc", "celsius"],
  ["%", "percent", "pct", "prozent"],
  ["s", "sec", "second", "seconds", "sek"],
];

/**
 * The form of a unit for comparison: without spaces and case. The case of a leading M counts, because MW is not mW.
 */
export function keyOf(unit: string): string {
  const plain = fold(unit).replace(/\s+/g, "");
  return /^[Mm]\p{L}/u.test(plain) ? plain.slice(0, 1) + plain.slice(1).toLowerCase() : plain.toLowerCase();
}

/** The factor that converts a number in `unit` to the field's own unit; null for an unknown unit. */
export function factorOf(field: FormField, unit: string): number | null {
  const names = namesOf(unit);
  if (field.unit && names.has(keyOf(field.unit))) return 1;
  const found = Object.entries(field.units ?? {}).find(([name]) => names.has(keyOf(name)));
  return found?.[1] ?? null;
}

/** The number in the field's own unit, to 15 digits; further digits are only the error of the multiplication. */
export function converted(number: number, factor: number): number {
  return factor === 1 ? number : Number((number * factor).toPrecision(15));
}

/** The unit, and the other spellings of it. No spelling in `SAME` depends on the case of its first letter. */
function namesOf(unit: string): ReadonlySet<string> {
  const key = keyOf(unit);
  const group = SAME.find((each) => each.includes(key.toLowerCase())) ?? [];
  return new Set([key, ...group.map(keyOf)]);
}
