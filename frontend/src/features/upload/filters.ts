/** Which rows of a preview are listed: by state, by error, folded or not. */
import { type Row, STATES, type State, type Totals } from "../../preview/index.ts";
import { keyOfRow } from "./wrongRows.ts";

export interface Filter {
  /** The name in the address; empty for all. */
  readonly name: string;
  /** The id of its text. */
  readonly label: string;
  readonly states: readonly State[];
}

const WARNINGS = "warnings";
/** Changes so large that a misplaced digit may be behind them. */
export const LARGE = "large";
export const LARGE_PERCENT = 50;

export const FILTERS: readonly Filter[] = [
  { name: "", label: "filter-all", states: STATES },
  { name: "changes", label: "filter-changes", states: ["change"] },
  { name: WARNINGS, label: "filter-warnings", states: [] },
  { name: "errors", label: "filter-errors", states: ["error"] },
  { name: "conflicts", label: "filter-conflicts", states: ["conflict"] },
  { name: "blocked", label: "filter-blocked", states: ["blocked"] },
  { name: "waiting", label: "row-waiting", states: ["waiting"] },
];

export function countOf({ name, states }: Filter, totals: Totals): number {
  return name === WARNINGS ? totals.warnings : states.reduce((sum, state) => sum + totals.states[state], 0);
}

/** Counts only rows that would be sent. A change from zero has no percentage and does not count. */
export function isLarge({ isTicked, percent }: Row): boolean {
  return isTicked && percent !== null && Math.abs(percent) > LARGE_PERCENT;
}

export interface RowFilter {
  readonly filter: string;
  /** Only errors of this kind (`WrongRows.key`); empty for any. */
  readonly wrong: string;
  readonly isUnfolded: boolean;
}

export function listedOf(rows: readonly Row[], { filter, wrong, isUnfolded }: RowFilter): Row[] {
  const states = FILTERS.find(({ name }) => name === filter)?.states ?? STATES;
  return rows.filter((row) => {
    if (wrong !== "") return row.state === "error" && keyOfRow(row) === wrong;
    if (row.state === "unchanged" && !isUnfolded) return false;
    if (filter === LARGE) return isLarge(row);
    return filter === WARNINGS ? row.hasWarning : states.includes(row.state);
  });
}
