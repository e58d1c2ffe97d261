/**
 * Targets as people type and read them. One rule reads a number, the rule of the workbooks (XL-2), and the question
 * shows the digits that are sent: no rounding, no thousands marks.
 */

import type { Value } from "../contract/index.ts";
import type { Field } from "../contract/plant.ts";
import { cast, issueMessage } from "../ingest/index.ts";
import { t } from "../texts/catalogue.ts";
import { messageText } from "../texts/message.ts";

/** `isExact` is false if the text had to be read generously, as `1 250,5`: the person is asked before it is sent. */
export type TypedTarget =
  | { readonly value: string | number; readonly isExact: boolean }
  | { readonly refusal: string };

/** The target that a person typed for a field, or why it cannot be read or set. */
export function readTarget(field: Field, text: string): TypedTarget {
  const label = field.label || field.column || field.name;
  if (!field.isWritable) return { refusal: t("target-measured", { label }) };
  if (!text.trim()) return { refusal: t("target-needed", { label }) };
  const reading = cast(text, { ...field, column: label });
  if ("code" in reading) return { refusal: messageText(issueMessage({ row: 0, ...reading, column: label })) };
  return { value: reading.value, isExact: String(reading.value) === text.trim() };
}

/** A target digit by digit, for the question before it is sent: `1250.5 rpm`. Elsewhere, use `measured`. */
export function targetText(field: Field, value: Value): string {
  const text = value === null ? "–" : String(value);
  return field.unit && value !== null ? `${text} ${field.unit}` : text;
}
