/**
 * Finds the row of column names, and maps columns to fields (XL-1).
 * Twin of `src/setpoint/core/ingest/header.py`.
 *
 * The header is the first of a sheet's first 20 rows that has the id column and every required column; failing that, the
 * first two rows that have them together. Case, spaces, order, the marks `_ - * : . , ;` and a unit do not matter to a
 * name: `target_speed* [rpm]` is `Target Speed`. A unit must be the field's own or have a factor in the plant file; any
 * other is refused. A sheet without a header is skipped. A workbook without any header is refused; the error names what
 * is missing and what was found in the row that comes nearest.
 */
import type { Message } from "../contract/message.ts";
import { fold } from "../contract/topics.ts";
import {
  type Cell,
  cut,
  listed,
  quoted,
  type Sheet,
  type Special,
  several,
  shown,
  WorkbookError,
} from "./cells.ts";
import { factorOf } from "./units.ts";

export const HEADER_ROWS = 20;
export const MAX_COLUMNS = 256;
/** The columns of an annotated copy; in a file that comes back they are skipped without a warning. */
export const RESULT_COLUMNS: readonly string[] = [
  ...["Status", "Reason", "Before", "Target", "Confirmed at", "By"],
  ...["Ergebnis", "Grund", "Vorher", "Gesendet", "Bestätigt um", "Von"],
];
/** The template's very hidden sheet with the revs as of its download. */
export const BASE_SHEET = "_setpoint";
export const HOW_TO_SHEETS: readonly string[] = ["How to", "Anleitung"];

const UNIT = /^(.*?)[[(]([^[\]()]*)[\])]$/s;
const SPACES = /[\t\n\v\f\r ]+/g;
const MARKS = /[-_*:;,.'"]/g;
const AROUND = /^[*:;,._-]+|(?<![*:;,._-])[*:;,._-]+$/g;
const BEFORE = /^[*:;,._-]+/;
const LIKE_A_NUMBER = /^[-+]?[0-9.,]/;
const MAX_HEADER = 120;

/** What the reader must know about a field. */
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
  /** Other units that a header may name, each with the factor that makes `unit` of it. */
  readonly units?: Readonly<Record<string, number>> | undefined;
}

/** What the reader of workbooks must know about the plant. `machines` are all entity keys. */
export interface Form {
  readonly idColumn: string;
  readonly idAliases: readonly string[];
  readonly fields: readonly FormField[];
  readonly machines: readonly string[];
}

/**
 * The place of a sheet's header. Columns count from 0; `row` is the number that the spreadsheet shows. `factors`
 * convert columns with another unit to the field's unit; `units` are the headers that say so. `isThere` is false if the
 * rows have no header and were read in the order of the template.
 */
export interface Header {
  readonly row: number;
  readonly idColumn: number;
  readonly columns: readonly { readonly column: number; readonly field: FormField }[];
  readonly ignored: readonly Message[];
  readonly otherUnits: readonly { readonly name: string; readonly field: FormField }[];
  readonly units: readonly { readonly name: string; readonly field: FormField; readonly unit: string }[];
  readonly factors: ReadonlyMap<string, number>;
  readonly isThere: boolean;
}

/** What a header names: a field, or null for the id column; and the unit that it gives. */
interface Named {
  readonly field: FormField | null;
  readonly unit: string;
}

/** A header reduced to what counts, and the unit in its brackets: `Target_Speed* [rpm]` → `targetspeed`, `rpm`. */
export function plain(header: string): [name: string, unit: string] {
  const text = bare(header);
  const found = UNIT.exec(text);
  const name = (found?.[1] ?? text).replace(MARKS, "").toLowerCase();
  return found && name ? [name, found[2] ?? ""] : [text.replace(MARKS, "").toLowerCase(), ""];
}

function bare(header: string): string {
  return fold(header).normalize("NFC").replace(SPACES, "").replace(AROUND, "");
}

/**
 * The plant's names of columns and options that are not all ASCII, reduced to what counts. The code page of a csv file
 * is recognised by them.
 */
export function foreignNames({ idColumn, idAliases, fields }: Form): ReadonlySet<string> {
  const names = fields
    .filter(({ isWritable }) => isWritable)
    .flatMap(({ column, aliases, options }) => [column, ...aliases, ...options]);
  return new Set(
    [idColumn, ...idAliases, ...names]
      .filter((name) => /\P{ASCII}/u.test(name))
      .map((name) => plain(name)[0]),
  );
}

/** The plant's columns by every name they go by. */
export class Columns {
  readonly idColumn: string;
  readonly writable: readonly FormField[];
  readonly required: readonly FormField[];
  readonly ids: ReadonlySet<string>;
  readonly #fields: ReadonlyMap<string, FormField>;
  readonly #passedOver: ReadonlySet<string>;

  constructor(form: Form) {
    this.writable = form.fields.filter((field) => field.isWritable);
    this.idColumn = form.idColumn;
    this.required = this.writable.filter((field) => field.isRequired);
    this.ids = new Set([form.idColumn, ...form.idAliases].map((name) => plain(name)[0]));
    this.#fields = new Map(
      this.writable.flatMap((field) =>
        [field.column, ...field.aliases].map((name) => [plain(name)[0], field]),
      ),
    );
    this.#passedOver = new Set(RESULT_COLUMNS.map((name) => plain(name)[0]));
  }

  /** The required columns that a row lacks, by the plant's names; all of them for a row that is not a header. */
  missing(row: readonly Cell[]): string[] {
    const named = texts(row).map((cell) => this.named(cell));
    const lacks = named.some((each) => each?.field === null) ? [] : [this.idColumn];
    const found = new Set(named.map((each) => each?.field));
    return lacks.concat(this.required.filter((field) => !found.has(field)).map(({ column }) => column));
  }

  /** What a header names; null for a name that is not known. */
  named(header: string): Named | null {
    const [name, unit] = plain(header);
    if (this.ids.has(name)) return { field: null, unit: "" };
    const field = this.#fields.get(name);
    if (field) return { field, unit };
    return unit ? null : this.#withBareUnit(header);
  }

  /** `Target Speed rpm`: without brackets a unit must be one that is known, or it is a part of another name. */
  #withBareUnit(header: string): Named | null {
    const text = bare(
      Array.from(header.slice(0, 2 * MAX_HEADER))
        .slice(0, MAX_HEADER)
        .join(""),
    );
    for (let end = text.length - 1; end > 0; end--) {
      const field = this.#fields.get(text.slice(0, end).replace(MARKS, "").toLowerCase());
      if (!field) continue;
      const rest = text.slice(end).replace(BEFORE, "");
      for (const unit of [rest, rest.replace(/^in/, "")]) {
        if (unit && factorOf(field, unit) !== null) return { field, unit };
      }
    }
    return null;
  }

  /**
   * The header in a row that lacks nothing. Throws `WorkbookError` for a column that occurs twice, and for a unit that
   * is not known.
   */
  read(row: readonly Cell[], number: number): Header {
    const places = new Map<FormField | null, number[]>();
    const ignored: Message[] = [];
    const otherUnits: { name: string; field: FormField }[] = [];
    const units: { name: string; field: FormField; unit: string }[] = [];
    const factors = new Map<string, number>();
    for (const [column, cell] of row.slice(0, MAX_COLUMNS).entries()) {
      if (isInUnknownLetters(cell)) ignored.push({ code: "quoted-letters", args: { text: cut(cell.v) } });
      if (typeof cell === "object" && cell?.t === "struck" && typeof cell.v === "string") {
        ignored.push(quoted(fold(cell.v)));
      }
      if (typeof cell !== "string") continue;
      const [name] = plain(cell);
      if (!name) continue;
      const found = this.named(cell);
      if (!found) {
        if (!this.#passedOver.has(name)) ignored.push(quoted(fold(cell)));
        continue;
      }
      const { field, unit } = found;
      places.set(field, [...(places.get(field) ?? []), column]);
      if (!field || !unit) continue;
      if (field.type !== "number") {
        otherUnits.push({ name: cell, field });
        continue;
      }
      const factor = factorOf(field, unit);
      if (factor === null) throw otherUnit(cell, field, number);
      if (factor !== 1) {
        units.push({ name: cell, field, unit });
        factors.set(field.name, factor);
      }
    }
    for (const [field, columns] of places) {
      if (columns.length > 1) {
        throw new WorkbookError(
          `Invalid Template: the column ${shown(field?.column ?? this.idColumn)} is ${columns.length} times in row ` +
            `${number}, in columns ${listed(columns.map(letters))}. Leave one of them.`,
          "doubled_column",
          {
            column: quoted(field?.column ?? this.idColumn),
            count: columns.length,
            row: number,
            columns: several(columns.map(letters)),
          },
        );
      }
    }
    const columns = [...places].flatMap(([field, [column = 0]]) => (field ? [{ column, field }] : []));
    const idColumn = places.get(null)?.[0] ?? 0;
    return { row: number, idColumn, columns, ignored, otherUnits, units, factors, isThere: true };
  }
}

/**
 * The header of one sheet, or null. Throws `WorkbookError` for a column that occurs twice, and for a unit that is not
 * known.
 */
export function findHeader(sheet: Sheet, columns: Columns): Header | null {
  const { rows, firstRow = 1 } = sheet;
  const last = Math.min(Math.max(0, HEADER_ROWS + 1 - firstRow), rows.length);
  for (let offset = 0; offset < last; offset++) {
    const row = rows[offset] ?? [];
    if (columns.missing(row).length) continue;
    const after = rows[offset + 1] ?? [];
    return isRowOfUnits(row, after, columns)
      ? columns.read(withUnits(row, after, columns), firstRow + offset + 1)
      : columns.read(row, firstRow + offset);
  }
  for (let offset = 0; offset < last - 1; offset++) {
    const both = together(rows[offset] ?? [], rows[offset + 1] ?? [], columns);
    if (!columns.missing(both).length) return columns.read(both, firstRow + offset + 1);
  }
  return null;
}

/** Whether the row under a header belongs to it: it names no machine, and says in words what its numbers are. */
function isRowOfUnits(row: readonly Cell[], after: readonly Cell[], columns: Columns): boolean {
  let hasWords = false;
  for (const [column, cell] of row.slice(0, MAX_COLUMNS).entries()) {
    const found = typeof cell === "string" ? columns.named(cell) : null;
    const below = after[column] ?? null;
    if (!found || below === null || (typeof below === "string" && !fold(below))) continue;
    const { field } = found;
    if (!field || typeof below !== "string") return false;
    if (field.type === "number") {
      if (LIKE_A_NUMBER.test(fold(below)) && factorOf(field, unitIn(below)) === null) return false;
      hasWords = true;
    }
  }
  return hasWords;
}

/** A header with the units in the row under it. Two different units count as unknown. */
function withUnits(row: readonly Cell[], after: readonly Cell[], columns: Columns): Cell[] {
  return row.slice(0, MAX_COLUMNS).map((cell, column) => {
    const below = after[column];
    const found = typeof cell === "string" ? columns.named(cell) : null;
    if (found?.field?.type !== "number" || typeof below !== "string" || !fold(below)) return cell;
    const { field, unit } = found;
    const under = unitIn(below);
    if (!unit) return `${field.column} [${under}]`;
    return factorOf(field, unit) === factorOf(field, under) ? cell : `${field.column} [${unit}, ${under}]`;
  });
}

function unitIn(text: string): string {
  return fold(text).replace(/^[[\]() ]+|(?<![[\]() ])[[\]() ]+$/g, "");
}

/** Two rows as one: a cell of the upper row also counts for the blank cells to its right, as in a merged cell. */
function together(row: readonly Cell[], after: readonly Cell[], columns: Columns): Cell[] {
  const textAt = (cells: readonly Cell[], column: number) => {
    const cell = cells[column];
    return typeof cell === "string" && fold(cell) ? cell : null;
  };
  let above = "";
  const width = Math.min(Math.max(row.length, after.length), MAX_COLUMNS);
  return Array.from({ length: width }, (_, column) => {
    const top = textAt(row, column);
    const bottom = textAt(after, column);
    above = top ?? above;
    if (bottom === null) return top;
    const both = `${above} ${bottom}`;
    return !columns.named(bottom) && columns.named(both) ? both : bottom;
  });
}

/** The refusal of an unknown unit: its numbers may mean anything. */
function otherUnit(header: string, field: FormField, row: number): WorkbookError {
  const takes = field.unit ? `takes ${field.unit}` : "takes a number without a unit";
  const right = field.unit ? `${field.column} [${field.unit}]` : field.column;
  return new WorkbookError(
    `Invalid Template: the header ${shown(header)} in row ${row} has a unit that is not known; ${field.column} ` +
      `${takes}. Convert the numbers, and name the column ${shown(right)}.`,
    "other_unit",
    { header: quoted(header), row, right: quoted(right) },
  );
}

/** The row that comes nearest to a header. */
interface Nearest {
  readonly rank: readonly number[];
  readonly missing: readonly string[];
  readonly sheet: string;
  readonly number: number;
  readonly found: readonly string[];
  readonly isKnown: boolean;
}

function isInUnknownLetters(cell: Cell): cell is Special & { t: "letters" } {
  return typeof cell === "object" && cell?.t === "letters";
}

/** Why none of these sheets has a header: what is missing in the row that comes nearest, and what it contains. */
export function noHeader(sheets: readonly Sheet[], columns: Columns): WorkbookError {
  let best: Nearest | null = null;
  for (const sheet of sheets) {
    for (const [number, row] of headRows(sheet)) {
      const found = texts(row).filter((cell) => fold(cell));
      if (!found.length) continue;
      const missing = columns.missing(row);
      const known = found.filter((cell) => columns.named(cell)).length;
      const rank = [missing.length, -known, -Math.min(found.length, columns.writable.length + 1)];
      if (best && !isLower(rank, best.rank)) continue;
      best = { rank, missing, sheet: sheet.name, number, found, isKnown: !row.some(isInUnknownLetters) };
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
  const { missing, sheet, number, found, isKnown } = best;
  const codePage = isKnown
    ? ""
    : " Others are in a code page that is not known: choose the encoding of the file, or save it as CSV UTF-8.";
  const names = found.map((cell) => shown(fold(cell)));
  return new WorkbookError(
    `Invalid Template: ${listed(missing.map(shown))} ${missing.length === 1 ? "is" : "are"} ` +
      `missing; sheet ${shown(sheet)}, row ${number} has ${listed(names)}.${codePage}`,
    "invalid_template",
    {
      missing: several(missing.map(quoted)),
      count: missing.length,
      sheet: quoted(sheet),
      row: number,
      found: several(found.map((cell) => quoted(fold(cell)))),
      letters: isKnown ? "" : { code: "file-problem-letters" },
    },
  );
}

function isLower(rank: readonly number[], than: readonly number[]): boolean {
  const place = rank.findIndex((each, index) => each !== than[index]);
  return place >= 0 && (rank[place] ?? 0) < (than[place] ?? 0);
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
