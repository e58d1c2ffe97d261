/** In which order the targets of a batch are listed. */
import { type Group, groupOf } from "../../preview/index.ts";
import type { Result } from "../../session/batches.ts";

const ORDER: readonly Group[] = ["notApplied", "unknown", "open", "applied", "notSent"];

/** What needs a person's eyes is on top; within a group the batch's own order stays. */
export function worstFirst(results: readonly Result[]): Result[] {
  const placeOf = ({ outcome }: Result) => ORDER.indexOf(groupOf(outcome));
  return [...results].sort((a, b) => placeOf(a) - placeOf(b));
}
