/** The errors of the file, by kind and with counts; each kind lists its rows. */

import { GLYPH } from "../../format/index.ts";
import { setParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
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
    <ul className="wrong-rows" aria-label={t("wrong-title")}>
      {groups.map(({ key, title, rows, example }) => (
        <li key={key}>
          <button
            type="button"
            aria-pressed={chosen === key}
            onClick={() => setParam("wrong", chosen === key ? "" : key)}
          >
            {GLYPH.failed} {t("wrong-rows", { count: rows.length, title })}
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
  if (more > 0) return t("wrong-numbers-more", { rows: first, more });
  return t("wrong-numbers", { count: rows.length, rows: first });
}
