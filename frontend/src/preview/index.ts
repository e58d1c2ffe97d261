/**
 * What a batch would change, before it is sent, and how its outcomes are counted. Twin of `src/setpoint/core/preview`.
 *
 *     types      what is asked, what was shown, rows
 *     same       whether two values are the same set-point                                  (TOL-1)
 *     judge      one target against what is known of its machine                            (PRE-3)
 *     preview    all rows; what the person ticks; what is sent, and with which revs         (PRE-1, PRE-2)
 *     again      an undo or a retry of an earlier batch as something to preview             (PRE-5)
 *     outcomes   the groups in which outcomes are counted                                   (PRE-4)
 *
 * No other shipped file decides the state of a row or counts outcomes by hand.
 */
export { retryOf, undoOf } from "./again.ts";
export { hasMoved, markOf } from "./judge.ts";
export {
  type Counts,
  countOutcomes,
  countTargets,
  GROUPS,
  type Group,
  groupOf,
  groupOfTarget,
  tallyOf,
  type Withdrawal,
  withdrawalOf,
} from "./outcomes.ts";
export { holdOf, look, newPreview, type Preview, sendsOf, sizeOf, tick, totalsOf } from "./preview.ts";
export { isSame } from "./same.ts";
export * from "./types.ts";
