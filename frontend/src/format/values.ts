/** Values and ranges as they are shown. */

import type { Value } from "../contract/index.ts";
import type { Field } from "../contract/plant.ts";
import { localeNow, t } from "../texts/catalogue.ts";

const formats = new Map<string, Intl.NumberFormat>();

function numberFormat(decimals: number): Intl.NumberFormat {
  const key = `${localeNow()} ${decimals}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(localeNow(), {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: "negative", // a value that is rounded to zero has no sign
    });
    formats.set(key, format);
  }
  return format;
}

export const NO_READING = "–";

/**
 * A value as it is shown, without its unit. Measured values are rounded to the field's decimals. Fields that a person
 * may set are never rounded (TIER-5), nor are values of unknown fields.
 */
export function shown(field: Shown | null, value: Value | undefined): string {
  if (value === undefined || value === null) return NO_READING;
  if (typeof value !== "number") return String(value);
  const decimals = field?.decimals ?? 0;
  if (field && !field.isWritable) return numberFormat(decimals).format(value);
  const digits = String(value);
  if (/[^0-9.-]/.test(digits)) return digits;
  const needed = digits.includes(".") ? digits.length - digits.indexOf(".") - 1 : 0;
  return numberFormat(Math.max(decimals, needed)).format(value);
}

type Shown = Pick<Field, "decimals"> & Partial<Pick<Field, "isWritable">>;

/**
 * A text of the same width, because all digits are equally wide. Whatever is around a number moves only when this text
 * changes.
 */
export function roomOf(text: string): string {
  return text.replace(/\d/g, "0");
}

/** A value with its unit: `1,250 rpm`. */
export function measured(field: Field, value: Value | undefined): string {
  const text = shown(field, value);
  return field.unit && text !== NO_READING ? `${text} ${field.unit}` : text;
}

/** `0 to 3,000 rpm`; empty if the plant sets no limits. */
export function rangeWords(field: Field): string {
  if (field.type === "choice") return field.options.join(", ");
  const { minimum, maximum } = field;
  if (minimum !== null && maximum !== null)
    return t("range-both", { minimum: shown(field, minimum), maximum: measured(field, maximum) });
  if (minimum !== null) return t("range-minimum", { minimum: measured(field, minimum) });
  if (maximum !== null) return t("range-maximum", { maximum: measured(field, maximum) });
  return field.unit;
}

/** `+47 %`; empty if a percentage would say nothing. Only a change to 0 is −100 %, and no change is 0.0 %. */
export function changePercent(before: Value | undefined, after: Value | undefined): string {
  if (typeof before !== "number" || typeof after !== "number" || before === 0 || before === after) return "";
  const percent = ((after - before) / Math.abs(before)) * 100;
  const size = Math.abs(percent);
  const [shown, decimals] = percent < 0 && size > 99.5 && size < 100 ? [99.9, 1] : [size, decimalsOf(size)];
  return `${percent > 0 ? "+" : "−"}${numberFormat(decimals).format(shown)} %`;
}

function decimalsOf(size: number): number {
  if (size >= 0.1) return size < 10 ? 1 : 0;
  return Math.min(6, -Math.floor(Math.log10(size)));
}
