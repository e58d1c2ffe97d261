/**
 * Rows with errors, to be corrected by hand: their contents, and a second check.
 *
 * Only the board does this. `parseSheets` checks a corrected row as a sheet of one row, so that a cell typed on the
 * board follows the same rules, with the same messages, as a cell typed in a spreadsheet. The caller checks it against
 * other rows, such as the same machine twice.
 */
import { fold } from "../contract/topics.ts";
import { parseSheets } from "./batch.ts";
import { readNumber } from "./cast.ts";
import type { Cell, Sheet } from "./cells.ts";
import { choose } from "./choice.ts";
import type { Form } from "./header.ts";
import type { Gathered, Issue } from "./schema.ts";
import { converted } from "./units.ts";

/** One row's cells by the plant's names of its columns; a column that the file lacks is missing here too. */
export type FoundRow = Readonly<Record<string, Cell>>;

/** The machine and targets of a corrected row, or its remaining errors. */
export type Judgement =
  | { readonly machine: string; readonly targets: Readonly<Record<string, string | number>> }
  | { readonly errors: readonly Issue[] };

/** Longer texts are truncated to this length, which no column accepts. This bounds the data that goes to the page. */
const MAX_FOUND_TEXT = 400;

/** The cells of every row that `parsed` lists an error for, by the row's number; as bounded as the list is. */
export function foundIn(
  sheets: readonly Sheet[],
  form: Form,
  parsed: Pick<Gathered, "sheet" | "errors">,
): Record<number, FoundRow> {
  const found: Record<number, Record<string, Cell>> = {};
  const sheet = sheets.find(({ name }) => name === parsed.sheet);
  if (!sheet || !parsed.errors.length) return found;
  const { rows, firstRow = 1 } = sheet;
  const [, { idColumn, columns, factors }] = choose([sheet], form, null);
  const places: [string, number][] = columns.map(({ field, column }) => [field.column, column]);
  places.unshift([form.idColumn, idColumn]);
  for (const { row } of parsed.errors) {
    if (found[row]) continue;
    const cells = rows[row - firstRow] ?? [];
    found[row] = Object.fromEntries(places.map(([name, column]) => [name, bounded(cells[column] ?? null)]));
    for (const { field } of columns) {
      const factor = factors.get(field.name);
      if (factor !== undefined)
        found[row][field.column] = inOwnUnit(found[row][field.column] ?? null, factor);
    }
  }
  return found;
}

/** Judges one row by the rules of a workbook. */
export function judgeRow(cells: FoundRow, form: Form): Judgement {
  const header = [
    form.idColumn,
    ...form.fields.filter((field) => field.isWritable).map(({ column }) => column),
  ];
  const row = header.map((column) => cells[column] ?? null);
  const { batch } = parseSheets([{ name: "", rows: [header, row] }], form, "");
  const [taken] = Object.entries(batch.validRows);
  if (taken) return { machine: taken[0], targets: taken[1] };
  // `parseSheets` skips a row without any content.
  const blank = { row: 2, code: "no_id", column: form.idColumn };
  return { errors: batch.errors.length ? batch.errors : [blank] };
}

/** Converts a number of a column with another unit to the field's unit, in which corrections are checked. */
function inOwnUnit(cell: Cell, factor: number): Cell {
  const number = typeof cell === "string" ? readNumber(fold(cell)) : cell;
  return typeof number === "number" ? converted(number, factor) : cell;
}

function bounded(cell: Cell): Cell {
  return typeof cell === "string" ? cell.slice(0, MAX_FOUND_TEXT) : cell;
}
