/**
 * The warnings that belong to a sheet, a header or a column, and to no single cell.
 * Twin of `src/setpoint/core/ingest/notes.py`.
 */
import { listed, numberText, type Sheet, shown } from "./cells.ts";
import { ownSheets } from "./choice.ts";
import { type Header, letters, MAX_COLUMNS } from "./header.ts";
import type { Issue } from "./schema.ts";

/** Which sheet was read although nobody sees it, and which ones were not. */
export function aboutSheets(sheets: readonly Sheet[], taken: Sheet, header: Header): Issue[] {
  const row = Math.max(header.row, 1);
  const issues: Issue[] = [];
  if (taken.isHidden) {
    const msg = `The sheet ${shown(taken.name)} is hidden; it was read all the same.`;
    issues.push({ row, code: "hidden_sheet", msg });
  }
  const own = ownSheets(sheets);
  const others = sheets
    .filter((each) => each !== taken && each.rows.length && !own.includes(each.name))
    .map(({ name }) => shown(name));
  if (others.length) {
    const word = others.length > 1 ? "Sheets that were" : "A sheet that was";
    issues.push({ row, code: "other_sheets", msg: `${word} not read: ${listed(others)}.` });
  }
  return issues;
}

/** What was made of the names and units of the columns. */
export function aboutHeader(header: Header, sheet: Sheet, idColumn: string): Issue[] {
  const row = Math.max(header.row, 1);
  const { columns, ignored, otherUnits, units, factors, isThere } = header;
  const named = [
    { column: header.idColumn, name: idColumn, unit: "" },
    ...columns.map(({ column, field }) => ({ column, name: field.column, unit: field.unit })),
  ];
  const issues: Issue[] = [];
  if (!isThere) {
    const readAs = named.map(
      ({ column, name, unit }) => `${letters(column)} as ${shown(name)}${unit ? ` in ${unit}` : ""}`,
    );
    const msg = `There is no header. By their shape the columns were read: ${listed(readAs)}.`;
    issues.push({ row, code: "no_header", msg });
  }
  for (const { name, field } of otherUnits) {
    const msg = `The header ${shown(name)} was read as ${shown(field.column)}, which has no unit.`;
    issues.push({ row, code: "other_unit", msg, column: field.column });
  }
  for (const { name, field, unit } of units) {
    const factor = numberText(factors.get(field.name) ?? 1);
    const msg = `The header ${shown(name)} is in ${unit}: its numbers were multiplied by ${factor} to be in ${field.unit}.`;
    issues.push({ row, code: "converted_unit", msg, column: field.column });
  }
  const hidden = new Set(sheet.hiddenColumns);
  for (const { column, name } of named.filter(({ column }) => hidden.has(column))) {
    const msg = `Column ${letters(column)} (${name}) is hidden; it was read as well.`;
    issues.push({ row, code: "hidden_column", msg, column: name });
  }
  if (ignored.length) {
    const msg = `Columns that are not known here were left out: ${listed(ignored)}.`;
    issues.push({ row, code: "ignored_columns", msg });
  }
  if (sheet.isWide) {
    issues.push({ row, code: "many_columns", msg: `Only the first ${MAX_COLUMNS} columns were read.` });
  }
  return issues;
}

/** Blank and hidden rows. Blank rows below the last row that counts are none: somebody once clicked there. */
export function aboutRows(header: Header, sheet: Sheet, blankRows: readonly number[]): Issue[] {
  const { rows, firstRow = 1, hiddenRows = [] } = sheet;
  let last = firstRow + rows.length - 1;
  let inner = blankRows.length;
  while (inner && blankRows[inner - 1] === last) {
    last -= 1;
    inner -= 1;
  }
  const issues: Issue[] = [];
  if (inner) {
    const were = inner === 1 ? "1 blank row was" : `${inner} blank rows were`;
    issues.push({ row: blankRows[0] ?? last, code: "blank_rows", msg: `${were} skipped.` });
  }
  const blank = new Set(blankRows);
  const hidden = hiddenRows.filter((row) => header.row < row && row <= last && !blank.has(row));
  if (hidden.length) {
    const were = hidden.length === 1 ? "1 hidden row was" : `${hidden.length} hidden rows were`;
    const first = hidden.reduce((low, row) => Math.min(low, row));
    issues.push({ row: first, code: "hidden_rows", msg: `${were} read as well.` });
  }
  return issues;
}
