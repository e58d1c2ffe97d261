/**
 * Walks the rows under a header and makes of them a `ParsedBatch`: what may be sent, what may not, and why.
 * Twin of `src/setpoint/core/ingest/batch.py`.
 *
 * The walk is a generator: over 1,000 rows it yields its progress every 500 (XL-8), so that whoever drives it can show
 * it, let others run, or drop it half-way: nothing is handed out before the end. A row whose cells are just what the
 * template asks for is taken at once; any other goes the long way through `cast`, where the words are found.
 */
import { fold, readMachineId } from "../protocol/topics.ts";
import { cast, unreadable } from "./cast.ts";
import { type Cell, listed, numberText, type Sheet, shown } from "./cells.ts";
import {
  BASE_SHEET,
  Columns,
  type Form,
  type FormField,
  findHeader,
  type Header,
  HOW_TO_SHEET,
  MAX_COLUMNS,
  noHeader,
} from "./header.ts";
import type { Ingested, Issue, Targets } from "./schema.ts";

export const CHUNKED_OVER_ROWS = 1_000;
export const CHUNK_ROWS = 500;
/** As many errors, and as many warnings, are listed; the summary counts them all. Bounds the memory of a bad file. */
export const MAX_ISSUES = 10_000;
export const BASE_VERSION = 1;

export interface Progress {
  readonly done: number;
  readonly total: number;
}

type Revs = Record<string, Record<string, number>>;

/** Yields `Progress`, returns `Ingested`. Throws `WorkbookError` where no sheet has a valid header (XL-1). */
export function* ingest(
  sheets: readonly Sheet[],
  form: Form,
  txId: string,
): Generator<Progress, Ingested, undefined> {
  const [sheet, header] = choose(sheets, new Columns(form));
  const walk = new Walk(form, sheet, header);
  const start = header.row + 1 - (sheet.firstRow ?? 1);
  const total = sheet.rows.length;
  if (total - start > CHUNKED_OVER_ROWS) {
    for (let chunk = start; chunk < total; chunk += CHUNK_ROWS) {
      const stop = Math.min(chunk + CHUNK_ROWS, total);
      walk.rows(chunk, stop);
      yield { done: stop - start, total: total - start };
    }
  } else {
    walk.rows(start, total);
  }
  return walk.finish(txId, aboutSheets(sheets, sheet, header), baseOf(sheets));
}

/** `ingest` in one go. */
export function parseSheets(sheets: readonly Sheet[], form: Form, txId: string): Ingested {
  const steps = ingest(sheets, form, txId);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Takes the rows of one sheet, chunk by chunk, and keeps what was found. */
class Walk {
  readonly #sheet: Sheet;
  readonly #header: Header;
  readonly #idName: string;
  readonly #known: ReadonlyMap<Cell, string>;
  readonly #quick: readonly { column: number; field: FormField; take: (cell: Cell | undefined) => boolean }[];
  readonly #valid = new Map<string, Record<string, string | number>>();
  readonly #rowOf = new Map<string, number>();
  readonly #doubled = new Map<string, number[]>();
  readonly #blank: number[] = [];
  readonly #bad = new Set<number>();
  readonly #errors: Issue[] = [];
  readonly #warnings: Issue[] = [];

  constructor(form: Form, sheet: Sheet, header: Header) {
    this.#sheet = sheet;
    this.#header = header;
    this.#idName = form.idColumn;
    // The plant's keys are well formed: no need to ask `machineId` a hundred thousand times.
    this.#known = new Map(form.machines.map((key) => [key.replace("_", ":"), key]));
    this.#quick = header.columns.map(({ column, field }) => ({ column, field, take: quickly(field) }));
  }

  /** Takes the rows from one offset in the sheet to another. */
  rows(start: number, stop: number): void {
    const { rows, firstRow = 1 } = this.#sheet;
    for (let offset = start; offset < stop; offset++) {
      const row = rows[offset] ?? [];
      if (!this.#quickRow(firstRow + offset, row)) this.#oneRow(firstRow + offset, row);
    }
  }

  /** Takes a row that is just what the template asks for; takes nothing of another. */
  #quickRow(number: number, row: readonly Cell[]): boolean {
    const key = this.#known.get(row[this.#header.idColumn] ?? null);
    if (key === undefined || this.#rowOf.has(key)) return false;
    const values: Record<string, string | number> = {};
    let isEmpty = true;
    for (const { column, field, take } of this.#quick) {
      const cell = row[column];
      if (take(cell)) {
        values[field.name] = cell as string | number;
        isEmpty = false;
      } else if (field.isRequired || (cell !== undefined && cell !== null && cell !== "")) {
        return false;
      }
    }
    if (isEmpty) return false;
    this.#valid.set(key, values);
    this.#rowOf.set(key, number);
    return true;
  }

  /** Everything that was found, the machines that stand twice taken out (XL-4). */
  finish(txId: string, aboutSheets: readonly Issue[], base: Revs): Ingested {
    for (const [key, rows] of this.#doubled) {
      this.#valid.delete(key);
      for (const row of rows) this.#bad.add(row);
    }
    const errors = [...this.#errors, ...this.#aboutDoubled()];
    const warnings = [
      ...aboutSheets,
      ...this.#aboutHeader(),
      ...this.#aboutHiddenAndBlank(),
      ...this.#warnings,
    ];
    const { row } = this.#header;
    if (errors.length > MAX_ISSUES) {
      const msg = `There are more than ${MAX_ISSUES} errors; only the first ${MAX_ISSUES} are listed.`;
      warnings.unshift({ row, code: "more_errors", msg });
    }
    if (!this.#valid.size && !this.#bad.size) {
      warnings.push({ row, code: "no_rows", msg: "There is nothing in the rows below the header." });
    }
    const validRows: Targets = Object.fromEntries(this.#valid);
    const rows: Record<string, number> = {};
    for (const key of this.#valid.keys()) rows[key] = this.#rowOf.get(key) ?? 0;
    const asked: Revs = {};
    for (const [key, revs] of Object.entries(base)) {
      const values = this.#valid.get(key);
      const kept = Object.entries(revs).filter(([name]) => values && Object.hasOwn(values, name));
      if (kept.length) asked[key] = Object.fromEntries(kept);
    }
    const [valid, invalid] = [this.#valid.size, this.#bad.size];
    return {
      batch: {
        txId,
        validRows,
        errors: errors.sort(byRow).slice(0, MAX_ISSUES),
        warnings: warnings.sort(byRow).slice(0, MAX_ISSUES),
        summary: { total: valid + invalid, valid, invalid },
      },
      sheet: this.#sheet.name,
      headerRow: row,
      rows,
      base: asked,
    };
  }

  /** Takes one row, whatever it is. */
  #oneRow(number: number, row: readonly Cell[]): void {
    const { columns, idColumn } = this.#header;
    const idCell = at(row, idColumn);
    const cells = columns.map(({ column, field }) => ({ field, cell: at(row, column) }));
    const isBlank = cells.every(({ cell }) => cell === null);
    if (idCell === null && isBlank) {
      this.#blank.push(number);
      return;
    }
    const key = this.#key(number, idCell);
    const values: Record<string, string | number> = {};
    let isRight = key !== null;
    if (key !== null && isBlank) {
      const names = listed(cells.map(({ field }) => field.column));
      this.#error(number, "only_id", `Nothing is asked of ${key.replace("_", ":")}. Fill in ${names}.`);
      isRight = false;
    } else {
      for (const { field, cell } of cells) {
        if (cell === null) {
          if (field.isRequired && key !== null) {
            this.#error(number, "required", `${field.column} is empty.`, field.column);
            isRight = false;
          }
          continue;
        }
        const reading = cast(cell, field);
        if ("code" in reading) {
          this.#error(number, reading.code, reading.msg, field.column);
          isRight = false;
          continue;
        }
        values[field.name] = reading.value;
        if (reading.warning !== null) this.#warning(number, "cast", reading.warning, field.column);
      }
    }
    if (key === null || this.#isDouble(key, number) || !isRight) this.#bad.add(number);
    else this.#valid.set(key, values);
  }

  /** The machine that a row speaks of, by its entity key; an error where there is none (ID-2). */
  #key(number: number, cell: Cell): string | null {
    const column = this.#idName;
    if (cell === null) {
      this.#error(number, "no_id", `${column} is empty.`, column);
      return null;
    }
    if (typeof cell === "object") {
      const { code, msg } = unreadable(cell, column, "a machine such as m:402");
      this.#error(number, code, msg, column);
      return null;
    }
    const found = readMachineId(cell);
    if (!found) {
      const text =
        typeof cell === "string"
          ? shown(fold(cell))
          : typeof cell === "number"
            ? numberText(cell)
            : upper(cell);
      this.#error(number, "bad_id", `${column} takes a machine such as m:402; ${text} is none.`, column);
      return null;
    }
    const key = this.#known.get(found.id);
    if (key === undefined) {
      this.#error(number, "unknown_machine", `${found.id} is no machine of this plant.`, column);
      return null;
    }
    if (!found.isExact) {
      const text = typeof cell === "string" ? shown(cell) : numberText(Number(cell));
      this.#warning(number, "id_read_as", `${text} was read as ${found.id}.`, column);
    }
    return key;
  }

  #isDouble(key: string, number: number): boolean {
    const first = this.#rowOf.get(key);
    if (first === undefined) {
      this.#rowOf.set(key, number);
      return false;
    }
    const rows = this.#doubled.get(key);
    if (rows) rows.push(number);
    else this.#doubled.set(key, [first, number]);
    return true;
  }

  #error(row: number, code: string, msg: string, column?: string): void {
    if (this.#errors.length <= MAX_ISSUES) {
      this.#errors.push(column === undefined ? { row, code, msg } : { row, code, msg, column });
    }
  }

  #warning(row: number, code: string, msg: string, column: string): void {
    if (this.#warnings.length < MAX_ISSUES) this.#warnings.push({ row, code, msg, column });
  }

  /** For each row of a machine that stands several times, an error that names the other rows. */
  #aboutDoubled(): Issue[] {
    const issues: Issue[] = [];
    for (const [key, rows] of this.#doubled) {
      const near = rows.slice(0, 6);
      for (const row of rows) {
        if (issues.length > MAX_ISSUES) return issues;
        const others = near.filter((other) => other !== row).map(String);
        const which = listed(others, rows.length - 1);
        issues.push({
          row,
          code: "doubled_machine",
          msg: `${key.replace("_", ":")} stands in ${rows.length > 2 ? "rows" : "row"} ${which} too. Leave one of them.`,
          column: this.#idName,
        });
      }
    }
    return issues;
  }

  #aboutHeader(): Issue[] {
    const { row, ignored, otherUnits } = this.#header;
    const issues: Issue[] = otherUnits.map(({ name, field }) => ({
      row,
      code: "other_unit",
      msg:
        `The header ${shown(name)} was read as ${shown(field.column)}` +
        (field.unit ? `, in ${field.unit}.` : ", which has no unit."),
      column: field.column,
    }));
    if (ignored.length) {
      const msg = `Columns that are not known here were left out: ${listed(ignored)}.`;
      issues.push({ row, code: "ignored_columns", msg });
    }
    if (this.#sheet.isWide) {
      issues.push({ row, code: "many_columns", msg: `Only the first ${MAX_COLUMNS} columns were read.` });
    }
    return issues;
  }

  /** Blank rows below the last row that counts are none: they are only where somebody once clicked. */
  #aboutHiddenAndBlank(): Issue[] {
    const { rows, firstRow = 1, hiddenRows = [] } = this.#sheet;
    let last = firstRow + rows.length - 1;
    let inner = this.#blank.length;
    while (inner && this.#blank[inner - 1] === last) {
      last -= 1;
      inner -= 1;
    }
    const issues: Issue[] = [];
    if (inner) {
      const were = inner === 1 ? "1 blank row was" : `${inner} blank rows were`;
      issues.push({ row: this.#blank[0] ?? last, code: "blank_rows", msg: `${were} skipped.` });
    }
    const blank = new Set(this.#blank);
    const hidden = hiddenRows.filter((row) => this.#header.row < row && row <= last && !blank.has(row));
    if (hidden.length) {
      const were = hidden.length === 1 ? "1 hidden row was" : `${hidden.length} hidden rows were`;
      const first = hidden.reduce((low, row) => Math.min(low, row));
      issues.push({ row: first, code: "hidden_rows", msg: `${were} read as well.` });
    }
    return issues;
  }
}

/** The first sheet with a valid header; one that people can see before one that is hidden (XL-5). */
function choose(sheets: readonly Sheet[], columns: Columns): [Sheet, Header] {
  const candidates = sheets.filter(({ name }) => name !== BASE_SHEET);
  for (const isHidden of [false, true]) {
    for (const sheet of candidates) {
      if ((sheet.isHidden ?? false) !== isHidden) continue;
      const header = findHeader(sheet, columns);
      if (header) return [sheet, header];
    }
  }
  throw noHeader(candidates, columns);
}

function aboutSheets(sheets: readonly Sheet[], taken: Sheet, { row }: Header): Issue[] {
  const issues: Issue[] = [];
  if (taken.isHidden) {
    const msg = `The sheet ${shown(taken.name)} is hidden; it was read, as no other has the columns.`;
    issues.push({ row, code: "hidden_sheet", msg });
  }
  const own = sheets.some(({ name }) => name === BASE_SHEET) ? [BASE_SHEET, HOW_TO_SHEET] : [];
  const others = sheets
    .filter((each) => each !== taken && each.rows.length && !own.includes(each.name))
    .map(({ name }) => shown(name));
  if (others.length) {
    const word = others.length > 1 ? "Sheets that were" : "A sheet that was";
    issues.push({ row, code: "other_sheets", msg: `${word} not read: ${listed(others)}.` });
  }
  return issues;
}

/** The revs that our template carries: `setpoint, 1` and then rows of entity key, field, rev. */
function baseOf(sheets: readonly Sheet[]): Revs {
  const base = new Map<string, Map<string, number>>();
  for (const { name, rows } of sheets) {
    if (name !== BASE_SHEET || rows[0]?.[0] !== "setpoint" || rows[0][1] !== BASE_VERSION) continue;
    for (const [key, field, rev] of rows.slice(1)) {
      if (typeof key !== "string" || typeof field !== "string") continue;
      if (typeof rev !== "number" || !Number.isInteger(rev) || rev < 0) continue;
      const revs = base.get(key) ?? new Map<string, number>();
      base.set(key, revs.set(field, rev));
    }
  }
  return Object.fromEntries([...base].map(([key, revs]) => [key, Object.fromEntries(revs)]));
}

/** Whether a cell is just what a field takes, and may be taken as it is. */
function quickly(field: FormField): (cell: Cell | undefined) => boolean {
  switch (field.type) {
    case "number": {
      const low = field.minimum ?? -Number.MAX_VALUE;
      const high = field.maximum ?? Number.MAX_VALUE;
      return (cell) => typeof cell === "number" && cell >= low && cell <= high && !Object.is(cell, -0);
    }
    case "choice": {
      const options = new Set<unknown>(field.options);
      return (cell) => options.has(cell);
    }
    case "text":
      return () => false;
  }
}

/** The cell of a column, null where the row ends before it or only spaces stand there. */
function at(row: readonly Cell[], column: number): Cell {
  const cell = row[column] ?? null;
  return typeof cell === "string" && !fold(cell) ? null : cell;
}

function upper(value: boolean): string {
  return value ? "TRUE" : "FALSE";
}

function byRow(one: Issue, other: Issue): number {
  return one.row - other.row;
}
