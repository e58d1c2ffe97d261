/** The filters of the plant page in the address, and the machines that match them. */
import { useMemo } from "react";
import { useConditions } from "../../hooks/useSession.ts";
import type { Condition } from "../../session/conditions.ts";

/** Every machine that does not run: idle, in trouble, or out of contact. */
export const NOT_RUNNING = "not-running";

const OUT_OF_CONTACT = ["OFFLINE", "NEVER_SEEN"];

/** `filter` is one of the states, `not-running`, or empty for all. */
export function passes({ state, status, quality }: Condition, filter: string): boolean {
  if (filter === "") return true;
  if (filter !== NOT_RUNNING) return state === filter;
  return state !== "waiting" && (status !== "RUNNING" || OUT_OF_CONTACT.includes(quality ?? ""));
}

export function useFilteredTiles(line: string, filter: string): readonly string[] {
  const conditions = useConditions(line);
  return useMemo(
    () => conditions.filter((condition) => passes(condition, filter)).map(({ machine }) => machine),
    [conditions, filter],
  );
}
