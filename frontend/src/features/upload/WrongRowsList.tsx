/** The errors of the file, by kind and with counts; each kind lists its rows. */
import { GLYPH, plural } from "../../format/index.ts";
import { setParam } from "../../router.ts";
import type { WrongRows } from "./wrongRows.ts";

const SHOWN_ROWS = 5;

interface WrongRowsListProps {
  groups: readonly WrongRows[];
  /** The key of the group whose rows alone are listed; empty for none. */
  chosen: string;
}

export function WrongRowsList({ groups, chosen }: WrongRowsListProps) {
  if (groups.length === 0) return null;
  return (
    <ul className="wrong-rows" aria-label="What is wrong in the file">
      {groups.map(({ key, title, rows, example }) => (
        <li key={key}>
          <button
            type="button"
            aria-pressed={chosen === key}
            onClick={() => setParam("wrong", chosen === key ? "" : key)}
          >
            {GLYPH.failed} {plural(rows.length, "row")} · {title}
          </button>
          <span className="quiet">
            {rowsText(rows)}. {example}
          </span>
        </li>
      ))}
    </ul>
  );
}

function rowsText(rows: readonly number[]): string {
  const first = rows.slice(0, SHOWN_ROWS).join(", ");
  const more = rows.length - SHOWN_ROWS;
  return `${rows.length > 1 ? "Rows" : "Row"} ${first}${more > 0 ? ` and ${plural(more, "more", "more")}` : ""}`;
}
