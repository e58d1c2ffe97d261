/** Whether two values of a field are the same set-point (TOL-1). Twin of `src/setpoint/core/plant/same.py`. */
import type { PreviewField } from "./types.ts";

/** The resolution of a 32-bit float, in which many machines keep their numbers. */
const FLOAT_32 = 2 ** -23;

/**
 * Whether `one` and `other` are the same set-point; never if one of them is "no reading".
 *
 * Numbers within the field's `tolerance` are the same. Without one, two whole numbers are the same only if they are
 * equal, and other numbers within the resolution of a 32-bit float. The number of decimals on screen has no influence.
 */
export function isSame(
  field: Pick<PreviewField, "type" | "tolerance">,
  one: unknown,
  other: unknown,
): boolean {
  if (one === null || one === undefined || other === null || other === undefined) return false;
  if (one === other) return true;
  if (field.type !== "number" || typeof one !== "number" || typeof other !== "number") return false;
  const { tolerance } = field;
  if (tolerance !== null && tolerance !== undefined) return Math.abs(one - other) <= tolerance;
  if (Number.isInteger(one) && Number.isInteger(other)) return false;
  return Math.abs(one - other) <= FLOAT_32 * Math.max(Math.abs(one), Math.abs(other));
}
