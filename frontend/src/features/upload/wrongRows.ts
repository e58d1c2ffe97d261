/**
 * The errors of a file by kind: three hundred rows of `120 %` are one mistake, made three hundred times.
 *
 * Also the content of a cell in words, for the person who corrects it.
 */

import type { Plant } from "../../contract/plant.ts";
import { type Cell, type FoundRow, type Issue, issueMessage } from "../../ingest/index.ts";
import type { Row } from "../../preview/index.ts";
import { hasText, t } from "../../texts/catalogue.ts";
import { messageText } from "../../texts/message.ts";

/** Errors of one kind in one column. */
export interface WrongRows {
  /** `percent Target Speed`; names the group in the page's address. */
  readonly key: string;
  readonly title: string;
  /** The numbers of the rows, from the top. */
  readonly rows: readonly number[];
  /** The message of the first of them: what was expected, and what the cell has. */
  readonly example: string;
}

/** What the cell contains instead, by the code of the issue (contract section 5). */
function titleOf(code: string): string {
  return hasText(`wrong-${code}`) ? t(`wrong-${code}`) : code.replaceAll("_", " ");
}

export function keyOf({ code, column = "" }: Issue): string {
  return `${code} ${column}`;
}

/** The group of a wrong row of a preview. */
export function keyOfRow({ notes }: Row): string {
  const [note] = notes;
  return `${note?.code ?? ""} ${note?.args.column ?? ""}`;
}

/** The groups, the largest first. */
export function wrongRowsOf(errors: readonly Issue[]): WrongRows[] {
  const groups = new Map<string, { first: Issue; rows: Set<number> }>();
  for (const error of errors) {
    const group = groups.get(keyOf(error));
    if (group) group.rows.add(error.row);
    else groups.set(keyOf(error), { first: error, rows: new Set([error.row]) });
  }
  return [...groups]
    .map(([key, { first, rows }]) => ({
      key,
      title: `${first.column ?? t("wrong-row")}: ${titleOf(first.code)}`,
      rows: [...rows].sort((one, other) => one - other),
      example: messageText(issueMessage(first)),
    }))
    .sort((one, other) => other.rows.length - one.rows.length);
}

/** A cell as its spreadsheet showed it; empty for what only the spreadsheet can show. */
export function cellText(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "boolean") return cell ? "TRUE" : "FALSE";
  if (typeof cell !== "object") return String(cell);
  switch (cell.t) {
    case "percent":
      return `${Number((cell.v * 100).toPrecision(10))} %`;
    case "error":
    case "letters":
      return cell.v;
    case "struck":
    case "conditional":
      return String(cell.v);
    case "shown":
      return cell.w ?? String(cell.v);
    case "date":
    case "formula":
    case "covered":
    case "merged":
    case "zero":
      return "";
  }
}

/** The description of a cell that has no text of its own. */
export function cellWords(cell: Cell): string {
  if (cell === null || typeof cell !== "object") return "";
  switch (cell.t) {
    case "struck":
      return t("wrong-struck");
    case "conditional":
      return t("wrong-conditional_format");
    case "date":
      return t("cell-date");
    case "formula":
      return t("cell-formula");
    case "covered":
      return t("cell-covered");
    case "zero":
      return t("cell-zero");
    case "letters":
      return t("cell-letters");
    default:
      return "";
  }
}

/** The cells of the rows with errors, by the row's number. */
export type Found = Readonly<Record<number, FoundRow>>;

/** The cell of one column of a wrong row, as its spreadsheet showed it. */
export function stoodText(row: Row, column: string, found: Found): string {
  return cellText((row.row === null ? undefined : found[row.row]?.[column]) ?? null);
}

/** The machine of a row, by its id; for a row with errors, the text in its place. */
export function machineText(row: Row, plant: Plant, found: Found): string {
  return row.machine
    ? (plant.machines.get(row.machine)?.id ?? row.machine.replace("_", ":"))
    : stoodText(row, plant.idColumn, found);
}
