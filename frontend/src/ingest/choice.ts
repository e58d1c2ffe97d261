/**
 * Chooses the sheet to read, and the rows in it (XL-1, XL-5). Twin of `src/setpoint/core/ingest/choice.py`.
 *
 * If a person names a sheet, only that one counts. Otherwise the sheet that their program showed comes first, then the
 * others that people can see, and hidden ones last. The first of these with a valid header is read. If no sheet has
 * one, rows in the order of the template are read without a header, as people paste them.
 */
import { fold } from "../contract/topics.ts";
import { cast } from "./cast.ts";
import { type Cell, listed, type Sheet, shown, WorkbookError } from "./cells.ts";
import {
  BASE_SHEET,
  Columns,
  type Form,
  findHeader,
  HEADER_ROWS,
  type Header,
  HOW_TO_SHEETS,
  MAX_COLUMNS,
  noHeader,
} from "./header.ts";
import { readIds } from "./idColumn.ts";
import { MachineNames } from "./machines.ts";

export const BASE_VERSION = 1;

export type Revs = Record<string, Record<string, number>>;

/** The sheet that is read, and its header. Throws `WorkbookError` if there is none. */
export function choose(sheets: readonly Sheet[], form: Form, wanted: string | null): [Sheet, Header] {
  if (!form.fields.some(({ isWritable }) => isWritable))
    throw new WorkbookError(
      "No field of this plant can be set, so it takes no workbook of targets.",
      "nothing_to_set",
    );
  const columns = new Columns(form);
  const all = sheets.filter(({ name }) => name !== BASE_SHEET);
  const candidates = wanted === null ? all : named(all, wanted);
  const ordered = inOrder(candidates);
  for (const sheet of ordered) {
    const header = findHeader(sheet, columns);
    if (header) return [sheet, header];
  }
  for (const sheet of ordered) {
    const header = withoutHeader(sheet, form, columns);
    if (header) return [sheet, header];
  }
  throw noHeader(candidates, columns);
}

/** The sheets that a person can choose, in order, without the additional sheets of our template. */
export function sheetNames(sheets: readonly Sheet[]): string[] {
  const own = ownSheets(sheets);
  return sheets.filter(({ name, rows }) => rows.length && !own.includes(name)).map(({ name }) => name);
}

/** The names of the additional sheets of our template. Other workbooks have none. */
export function ownSheets(sheets: readonly Sheet[]): string[] {
  return sheets.some(({ name }) => name === BASE_SHEET) ? [BASE_SHEET, ...HOW_TO_SHEETS] : [];
}

/** The revs that our template carries: `setpoint, 1` and then rows of entity key, field, rev. */
export function baseOf(sheets: readonly Sheet[]): Revs {
  const base = new Map<string, Map<string, number>>();
  for (const { name, rows } of sheets) {
    if (name !== BASE_SHEET || rows[0]?.[0] !== "setpoint" || rows[0][1] !== BASE_VERSION) continue;
    for (const [key, field, cell] of rows.slice(1)) {
      // Nobody has to see what the template keeps here.
      const rev = typeof cell === "object" && cell?.t === "zero" ? 0 : cell;
      if (typeof key !== "string" || typeof field !== "string") continue;
      if (typeof rev !== "number" || !Number.isInteger(rev) || rev < 0) continue;
      const revs = base.get(key) ?? new Map<string, number>();
      base.set(key, revs.set(field, rev));
    }
  }
  return Object.fromEntries([...base].map(([key, revs]) => [key, Object.fromEntries(revs)]));
}

function named(sheets: readonly Sheet[], wanted: string): Sheet[] {
  const plain = (name: string) => fold(name).toLowerCase();
  const exact = sheets.filter(({ name }) => name === wanted);
  const found = exact.length ? exact : sheets.filter(({ name }) => plain(name) === plain(wanted));
  if (found.length > 1) {
    const these = listed(found.map(({ name }) => shown(name)));
    throw new WorkbookError(
      `${shown(wanted)} can be ${these}. Give the name of one of these sheets as it stands.`,
      "no_such_sheet",
    );
  }
  if (found.length) return found;
  const names = sheets.length ? listed(sheets.map(({ name }) => shown(name))) : "none";
  throw new WorkbookError(`The file has no sheet ${shown(wanted)}; it has ${names}.`, "no_such_sheet");
}

function inOrder(sheets: readonly Sheet[]): Sheet[] {
  const seen = sheets.filter(({ isHidden }) => !isHidden);
  return [
    ...seen.filter(({ isActive }) => isActive),
    ...seen.filter(({ isActive }) => !isActive),
    ...sheets.filter(({ isHidden }) => isHidden),
  ];
}

function isMachine(cell: Cell, names: MachineNames): boolean {
  const isSpecial = typeof cell === "object" && cell !== null;
  return isSpecial ? "machines" in readIds(cell, names) : names.isOne(cell);
}

/** A header for rows that have none: each of the first has a machine and then targets, in the template's order. */
function withoutHeader(sheet: Sheet, form: Form, columns: Columns): Header | null {
  const names = new MachineNames(form.machines);
  const fields = columns.writable;
  let width = 0;
  let count = 0;
  for (const row of sheet.rows.slice(0, HEADER_ROWS)) {
    const cells = row
      .slice(0, MAX_COLUMNS)
      .map((cell) => (typeof cell === "string" && !fold(cell) ? null : cell));
    while (cells.length && (cells.at(-1) ?? null) === null) cells.pop();
    if (!cells.length) continue;
    if (cells.length < 2 || cells.length > fields.length + 1 || !isMachine(cells[0] ?? null, names))
      return null;
    for (const [place, cell = null] of cells.slice(1).entries()) {
      const field = fields[place];
      if (!field || (cell === null ? field.isRequired : "code" in cast(cell, field))) return null;
    }
    width = Math.max(width, cells.length);
    count += 1;
  }
  if (!count || columns.required.length > width - 1) return null;
  return {
    row: (sheet.firstRow ?? 1) - 1,
    idColumn: 0,
    columns: fields.slice(0, width - 1).map((field, place) => ({ column: place + 1, field })),
    ignored: [],
    otherUnits: [],
    units: [],
    factors: new Map(),
    isThere: false,
  };
}
