/** The state that the address asks for, and who is in it. */
import { useMemo } from "react";
import { useConditions } from "../../live.ts";
import { STATES, type State } from "../../session/conditions.ts";

/** `?filter=not-running` and the like; null where all are shown. */
export function stateOfFilter(text: string): State | null {
  return STATES.find((state) => FILTERS[state] === text) ?? null;
}

/** How each state is written in an address. */
export const FILTERS: { readonly [state in State]: string } = {
  critical: "critical",
  doubtful: "stale",
  idle: "not-running",
  running: "running",
  waiting: "waiting",
};

export function useFilteredTiles(line: string, filter: State | null): readonly string[] {
  const conditions = useConditions(line);
  return useMemo(
    () => conditions.filter(({ state }) => filter === null || state === filter).map(({ machine }) => machine),
    [conditions, filter],
  );
}
