/**
 * The warnings about a sheet, a header or a column rather than a single cell.
 * Twin of `src/setpoint/core/ingest/notes.py`.
 */
import type { Message } from "../contract/message.ts";
import { cut, numberText, quoted, type Sheet, several } from "./cells.ts";
import { ownSheets } from "./choice.ts";
import { type Header, letters, MAX_COLUMNS } from "./header.ts";
import { isBlank } from "./layout.ts";
import type { Issue } from "./schema.ts";

/** The number of rows below the header that are searched for values in columns without a name. */
const LOOKED_AT_ROWS = 1_000;

/** Warns about a hidden sheet that was read, sheets that were not read, and an old code page. */
export function aboutSheets(sheets: readonly Sheet[], taken: Sheet, header: Header): Issue[] {
  const row = Math.max(header.row, 1);
  const issues: Issue[] = [];
  if (taken.isHidden) issues.push({ row, code: "hidden_sheet", args: { sheet: cut(taken.name) } });
  const own = ownSheets(sheets);
  const others = sheets
    .filter((each) => each !== taken && each.rows.length && !own.includes(each.name))
    .map(({ name }) => quoted(name));
  if (others.length) {
    issues.push({ row, code: "other_sheets", args: { count: others.length, sheets: several(others) } });
  }
  if (taken.pages) {
    const [page = "unknown", ...more] = taken.pages;
    issues.push({ row, code: "code_page", args: { page: more.length ? "unknown" : page } });
  }
  return issues;
}

/** Warns about the names and units of columns. `end`: the table ends before this row; 0 for that of the sheet. */
export function aboutHeader(header: Header, sheet: Sheet, idColumn: string, end: number): Issue[] {
  const row = Math.max(header.row, 1);
  const { columns, ignored, otherUnits, units, factors, isThere } = header;
  const named = [
    { column: header.idColumn, name: idColumn, unit: "" },
    ...columns.map(({ column, field }) => ({ column, name: field.column, unit: field.unit })),
  ];
  const issues: Issue[] = [];
  if (!isThere) issues.push({ row, code: "no_header", args: { columns: several(named.map(readAs)) } });
  for (const { name, field } of otherUnits) {
    issues.push({ row, code: "other_unit", args: { header: cut(name) }, column: field.column });
  }
  for (const { name, field, unit: from } of units) {
    const factor = numberText(factors.get(field.name) ?? 1);
    const args = { header: cut(name), from, factor, unit: field.unit };
    issues.push({ row, code: "converted_unit", args, column: field.column });
  }
  const hidden = new Set(sheet.hiddenColumns);
  for (const { column, name } of named.filter(({ column }) => hidden.has(column))) {
    issues.push({ row, code: "hidden_column", args: { letters: letters(column) }, column: name });
  }
  if (ignored.length) issues.push({ row, code: "ignored_columns", args: { columns: several(ignored) } });
  const nameless = namelessColumns(header, sheet, end);
  if (nameless.length) {
    issues.push({ row, code: "nameless_columns", args: { columns: several(nameless.map(letters)) } });
  }
  if (sheet.isWide) issues.push({ row, code: "many_columns", args: { most: MAX_COLUMNS } });
  return issues;
}

/**
 * The columns with values near the header that it gives no name; a header may have two rows. In a csv file, such a
 * value makes its row an error.
 */
function namelessColumns(header: Header, { rows, firstRow = 1, isDelimited }: Sheet, end: number): number[] {
  if (!header.isThere || isDelimited) return [];
  const below = header.row + 1 - firstRow;
  const known = new Set([header.idColumn, ...header.columns.map(({ column }) => column)]);
  for (const names of rows.slice(Math.max(0, below - 2), below)) {
    for (const [place, cell] of names.entries()) {
      if ((typeof cell === "string" || typeof cell === "object") && !isBlank(cell)) known.add(place);
    }
  }
  const filled = new Set<number>();
  const until = Math.min(below + LOOKED_AT_ROWS, end ? end - firstRow : rows.length);
  for (const cells of rows.slice(below, until)) {
    for (const [place, cell] of cells.slice(0, MAX_COLUMNS).entries()) {
      if (!known.has(place) && !isBlank(cell)) filled.add(place);
    }
  }
  return [...filled].sort((one, other) => one - other);
}

function readAs({ column, name, unit }: { column: number; name: string; unit: string }): Message {
  const args = { letters: letters(column), column: cut(name) };
  return unit ? { code: "column-as-in", args: { ...args, unit } } : { code: "column-as", args };
}

/**
 * Blank and hidden rows, rows that repeat the header (`again`), and `totals` of tables. Blank rows below the last row
 * that counts get no warning: somebody once clicked there.
 */
export function aboutRows(
  header: Header,
  sheet: Sheet,
  blankRows: readonly number[],
  again: readonly number[],
  totals: readonly number[],
): Issue[] {
  const { rows, firstRow = 1, hiddenRows = [] } = sheet;
  let last = firstRow + rows.length - 1;
  let inner = blankRows.length;
  while (inner && blankRows[inner - 1] === last) {
    last -= 1;
    inner -= 1;
  }
  const issues: Issue[] = [];
  if (inner) issues.push({ row: blankRows[0] ?? last, code: "blank_rows", args: { count: inner } });
  const [firstAgain] = again;
  if (firstAgain !== undefined) {
    issues.push({ row: firstAgain, code: "header_again", args: { count: again.length } });
  }
  const [firstTotal] = totals;
  if (firstTotal !== undefined) {
    issues.push({ row: firstTotal, code: "total_rows", args: { count: totals.length } });
  }
  const blank = new Set(blankRows);
  const hidden = hiddenRows.filter((row) => header.row < row && row <= last && !blank.has(row));
  if (hidden.length) {
    const first = hidden.reduce((low, row) => Math.min(low, row));
    issues.push({ row: first, code: "hidden_rows", args: { count: hidden.length } });
  }
  return issues;
}
