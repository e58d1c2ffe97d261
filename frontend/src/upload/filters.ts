/** Which rows of a preview are listed: by what they are, by what is wrong with them, folded or not. */
import { type DiffRow, KINDS, type Kind, type Totals } from "./difference.ts";
import { keyOf } from "./wrongRows.ts";

export interface Filter {
  /** As the address names it; empty for all. */
  readonly name: string;
  readonly label: string;
  readonly kinds: readonly Kind[];
}

const WARNINGS = "warnings";

export const FILTERS: readonly Filter[] = [
  { name: "", label: "All", kinds: KINDS },
  { name: "changes", label: "Changes", kinds: ["change", "unheard"] },
  { name: WARNINGS, label: "Warnings", kinds: [] },
  { name: "errors", label: "Errors", kinds: ["error"] },
  { name: "conflicts", label: "Conflicts", kinds: ["conflict"] },
  { name: "blocked", label: "Blocked", kinds: ["blocked"] },
];

export function countOf({ name, kinds }: Filter, totals: Totals): number {
  return name === WARNINGS ? totals.warnings : kinds.reduce((sum, kind) => sum + totals.byKind[kind], 0);
}

export interface Wish {
  readonly filter: string;
  /** Only errors of this kind (`WrongRows.key`); empty for any. */
  readonly wrong: string;
  readonly isUnfolded: boolean;
}

export function listedOf(rows: readonly DiffRow[], { filter, wrong, isUnfolded }: Wish): DiffRow[] {
  const kinds = (FILTERS.find(({ name }) => name === filter)?.kinds ?? KINDS) as readonly Kind[];
  return rows.filter((row) => {
    if (wrong !== "") return row.issue !== null && keyOf(row.issue) === wrong;
    if (row.kind === "unchanged" && !isUnfolded) return false;
    return filter === WARNINGS ? row.hasWarning : kinds.includes(row.kind);
  });
}
