/**
 * Finds the row of column names, and says which column feeds which field (XL-1).
 * Twin of `src/setpoint/core/ingest/header.py`.
 *
 * The header is the first of a sheet's first 20 rows that has the id column and every required column. Case, spaces,
 * order and a unit in brackets do not matter: `target  speed [rpm]` is `Target Speed`. A sheet without one is passed
 * over; a workbook without any is refused, naming what is missing and what was found.
 */
import { fold } from "../protocol/topics.ts";
import { type Cell, listed, type Sheet, shown, WorkbookError } from "./cells.ts";

export const HEADER_ROWS = 20;
export const MAX_COLUMNS = 256;
/** What an annotated copy adds; in a file that comes back they are passed over without a word. */
export const RESULT_COLUMNS = ["Status", "Reason", "Before", "Target", "Confirmed at", "By"] as const;
/** The template's very hidden sheet with the revs as of its download. */
export const BASE_SHEET = "_setpoint";
export const HOW_TO_SHEET = "How to";

const UNIT = /^(.*?)[[(]([^[\]()]*)[\])]$/s;
const SPACES = /[\t\n\v\f\r ]+/g;

/** What the reader has to know of a field. */
export interface FormField {
  readonly name: string;
  readonly type: "number" | "choice" | "text";
  readonly unit: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly options: readonly string[];
  readonly isWritable: boolean;
  readonly column: string;
  readonly aliases: readonly string[];
  readonly isRequired: boolean;
}

/** What a plant tells whoever reads its workbooks. `machines` are the entity keys of all of them. */
export interface Form {
  readonly idColumn: string;
  readonly idAliases: readonly string[];
  readonly fields: readonly FormField[];
  readonly machines: readonly string[];
}

/** Where a sheet's header stands. Columns count from 0; `row` is the number that the spreadsheet shows. */
export interface Header {
  readonly row: number;
  readonly idColumn: number;
  readonly columns: readonly { readonly column: number; readonly field: FormField }[];
  readonly ignored: readonly string[];
  readonly otherUnits: readonly { readonly name: string; readonly field: FormField }[];
}

/** A header reduced to what counts, and the unit in its brackets: `Target Speed [rpm]` → `targetspeed`, `rpm`. */
export function plain(header: string): [name: string, unit: string] {
  const text = fold(header).replace(SPACES, "").toLowerCase();
  const found = UNIT.exec(text);
  return found?.[1] ? [found[1], found[2] ?? ""] : [text, ""];
}

/** The plant's columns by every name they go by. */
export class Columns {
  readonly idColumn: string;
  readonly required: readonly FormField[];
  readonly #ids: ReadonlySet<string>;
  readonly #fields: ReadonlyMap<string, FormField>;
  readonly #passedOver: ReadonlySet<string>;

  constructor(form: Form) {
    const writable = form.fields.filter((field) => field.isWritable);
    this.idColumn = form.idColumn;
    this.required = writable.filter((field) => field.isRequired);
    this.#ids = new Set([form.idColumn, ...form.idAliases].map((name) => plain(name)[0]));
    this.#fields = new Map(
      writable.flatMap((field) => [field.column, ...field.aliases].map((name) => [plain(name)[0], field])),
    );
    this.#passedOver = new Set(RESULT_COLUMNS.map((name) => plain(name)[0]));
  }

  /** The required columns that a row lacks, by the plant's names; all of them for a row that is no header. */
  missing(row: readonly Cell[]): string[] {
    const names = texts(row).map((cell) => plain(cell)[0]);
    const found = new Set(names.map((name) => this.#fields.get(name)?.name));
    const lacks = names.some((name) => this.#ids.has(name)) ? [] : [this.idColumn];
    return lacks.concat(this.required.filter(({ name }) => !found.has(name)).map(({ column }) => column));
  }

  /** The header in a row that lacks nothing. Throws `WorkbookError` where a column stands twice. */
  read(row: readonly Cell[], number: number): Header {
    const idColumns: number[] = [];
    const places = new Map<FormField, number[]>();
    const ignored: string[] = [];
    const otherUnits: { name: string; field: FormField }[] = [];
    const order: { title: string; columns: number[] }[] = [];
    for (const [column, cell] of row.slice(0, MAX_COLUMNS).entries()) {
      if (typeof cell !== "string") continue;
      const [name, unit] = plain(cell);
      if (!name) continue;
      const field = this.#fields.get(name);
      if (this.#ids.has(name)) {
        if (!idColumns.length) order.push({ title: this.idColumn, columns: idColumns });
        idColumns.push(column);
      } else if (field) {
        const columns = places.get(field) ?? [];
        if (!columns.length) order.push({ title: field.column, columns });
        places.set(field, columns);
        columns.push(column);
        if (unit && unit !== plain(field.unit)[0]) otherUnits.push({ name: cell, field });
      } else if (!this.#passedOver.has(name)) {
        ignored.push(shown(fold(cell)));
      }
    }
    for (const { title, columns } of order) {
      if (columns.length > 1) {
        throw new WorkbookError(
          `Invalid Template: the column ${shown(title)} stands ${columns.length} times in row ${number}, in ` +
            `columns ${listed(columns.map(letters))}. Leave one of them.`,
          "doubled_column",
        );
      }
    }
    const columns = [...places].map(([field, [column = 0]]) => ({ column, field }));
    return { row: number, idColumn: idColumns[0] ?? 0, columns, ignored, otherUnits };
  }
}

/** The header of one sheet, or null. Throws `WorkbookError` for a header with a column twice. */
export function findHeader(sheet: Sheet, columns: Columns): Header | null {
  for (const [number, row] of headRows(sheet)) {
    if (!columns.missing(row).length) return columns.read(row, number);
  }
  return null;
}

/** Why none of these sheets has a header: what is missing in the row that comes nearest, and what stands there. */
export function noHeader(sheets: readonly Sheet[], columns: Columns): WorkbookError {
  let best: { missing: string[]; sheet: string; number: number; row: readonly Cell[] } | null = null;
  for (const sheet of sheets) {
    for (const [number, row] of headRows(sheet)) {
      if (!row.some((cell) => typeof cell === "string" && fold(cell))) continue;
      const missing = columns.missing(row);
      if (!best || missing.length < best.missing.length) best = { missing, sheet: sheet.name, number, row };
    }
  }
  if (!best) {
    const names = [columns.idColumn, ...columns.required.map(({ column }) => column)].map(shown);
    return new WorkbookError(
      `Invalid Template: there is no text in the first ${HEADER_ROWS} rows. One of them needs the columns ` +
        `${listed(names)}.`,
      "invalid_template",
    );
  }
  const { missing, sheet, number, row } = best;
  const found = texts(row).map(fold).filter(Boolean).map(shown);
  return new WorkbookError(
    `Invalid Template: ${listed(missing.map(shown))} ${missing.length === 1 ? "is" : "are"} ` +
      `missing; sheet ${shown(sheet)}, row ${number} has ${listed(found)}.`,
    "invalid_template",
  );
}

/** The letters that a spreadsheet shows over a column that is counted from 0: 0 → A, 27 → AB. */
export function letters(column: number): string {
  const rest = column % 26;
  const last = String.fromCharCode(65 + rest);
  return column < 26 ? last : letters((column - rest) / 26 - 1) + last;
}

function headRows({ rows, firstRow = 1 }: Sheet): [number, readonly Cell[]][] {
  const count = Math.max(0, HEADER_ROWS + 1 - firstRow);
  return rows.slice(0, count).map((row, offset) => [firstRow + offset, row]);
}

function texts(row: readonly Cell[]): string[] {
  return row.slice(0, MAX_COLUMNS).filter((cell) => typeof cell === "string");
}
