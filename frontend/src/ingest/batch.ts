/**
 * Turns the rows under a header into a `ParsedBatch`: what may be sent, what may not, and why.
 * Twin of `src/setpoint/core/ingest/batch.py`.
 *
 * The walk is a generator: over 1,000 rows it yields its progress every 500 (XL-8), so that the caller can show it, let
 * others run, or stop early. There is no result before the end. A row whose cells are exactly as in the template is
 * taken at once; any other goes through `cast`, which explains what is wrong.
 */
import type { MessageArgs } from "../contract/message.ts";
import { fold } from "../contract/topics.ts";
import { cast } from "./cast.ts";
import { type Cell, type Sheet, several } from "./cells.ts";
import { baseOf, choose, type Revs, sheetNames } from "./choice.ts";
import type { Form, FormField, Header } from "./header.ts";
import { readIds } from "./idColumn.ts";
import { Conditional, HeadersBelow, Merged, mostFields, widthOf } from "./layout.ts";
import { idOf, MachineNames } from "./machines.ts";
import { aboutHeader, aboutRows, aboutSheets } from "./notes.ts";
import { quickly } from "./quick.ts";
import type { Gathered, Ingested, Issue, Targets } from "./schema.ts";

export const CHUNKED_OVER_ROWS = 1_000;
export const CHUNK_ROWS = 500;
/** The most errors, and the most warnings, in the lists. The summary counts all. This bounds the memory of a bad file. */
export const MAX_ISSUES = 10_000;

export interface Progress {
  readonly done: number;
  readonly total: number;
}

/**
 * Yields `Progress`, returns what was found by columns. `wanted` is the name of the sheet that a person chose. Throws
 * `WorkbookError` if no sheet has a valid header (XL-1), or if there is no sheet of that name.
 */
export function* gather(
  sheets: readonly Sheet[],
  form: Form,
  wanted: string | null = null,
): Generator<Progress, Gathered, undefined> {
  const [sheet, header] = choose(sheets, form, wanted);
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
  return walk.finish(sheets, baseOf(sheets));
}

/** The same in one go, row by row. */
export function parseSheets(
  sheets: readonly Sheet[],
  form: Form,
  txId: string,
  wanted: string | null = null,
): Ingested {
  const steps = gather(sheets, form, wanted);
  for (;;) {
    const step = steps.next();
    if (step.done) return ingestedOf(step.value, txId);
  }
}

function ingestedOf(gathered: Gathered, txId: string): Ingested {
  const { machines, targets, rows, errors, warnings, summary, ...rest } = gathered;
  const byMachine = <T>(values: readonly T[]) =>
    Object.fromEntries(machines.map((machine, index) => [machine, values[index] as T]));
  const batch = { txId, validRows: byMachine(targets), errors, warnings, summary };
  return { batch, rows: byMachine(rows), ...rest };
}

/** Takes the rows of one sheet, chunk by chunk, and keeps what was found. */
class Walk {
  readonly #sheet: Sheet;
  readonly #header: Header;
  readonly #idName: string;
  readonly #names: MachineNames;
  readonly #known: ReadonlyMap<Cell, string>;
  readonly #most: number | null;
  readonly #merged: Merged;
  readonly #conditional: Conditional;
  readonly #headers: HeadersBelow;
  readonly #quick: readonly { column: number; field: FormField; take: (cell: Cell | undefined) => boolean }[];
  /** The machines that may be sent, and for each its targets and its row. */
  readonly #machines: string[] = [];
  readonly #targets: Targets[string][] = [];
  readonly #rows: number[] = [];
  /** The row in which each machine first appeared, whether it may be sent or not. */
  readonly #rowOf = new Map<string, number>();
  readonly #doubled = new Map<string, number[]>();
  readonly #blank: number[] = [];
  readonly #again: number[] = [];
  /** The rows that are totals of a table, and those of them below the header. */
  readonly #totals: ReadonlySet<number>;
  readonly #passedOver: number[] = [];
  /** The row in which another table begins; 0 if there is none. */
  #otherTable = 0;
  readonly #bad = new Set<number>();
  readonly #errors: Issue[] = [];
  readonly #warnings: Issue[] = [];

  constructor(form: Form, sheet: Sheet, header: Header) {
    this.#sheet = sheet;
    this.#header = header;
    this.#idName = form.idColumn;
    this.#names = new MachineNames(form.machines);
    this.#known = this.#names.known;
    this.#most = sheet.isDelimited ? mostFields(sheet, header) : null;
    this.#merged = new Merged(sheet, header);
    this.#conditional = new Conditional(sheet, header);
    this.#headers = new HeadersBelow(form, header);
    this.#totals = new Set(sheet.totalRows);
    this.#quick = header.columns.map(({ column, field }) => ({
      column,
      field,
      take: header.factors.has(field.name) ? () => false : quickly(field),
    }));
  }

  /** Takes the rows from one offset in the sheet to another. */
  rows(start: number, stop: number): void {
    const { rows, firstRow = 1 } = this.#sheet;
    for (let offset = start; offset < stop; offset++) {
      const row = rows[offset] ?? [];
      if (!this.#quickRow(firstRow + offset, row)) this.#oneRow(firstRow + offset, row);
    }
  }

  /** Takes a row that is exactly as in the template; takes no other row. */
  #quickRow(number: number, row: readonly Cell[]): boolean {
    const key = this.#known.get(row[this.#header.idColumn] ?? null);
    if (key === undefined || this.#rowOf.has(key)) return false;
    if (this.#otherTable || this.#totals.has(number) || this.#merged.isIn(number)) return false;
    if (this.#conditional.isIn(number)) return false;
    if (this.#most !== null && widthOf(row) > this.#most) return false;
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
    this.#take(key, values, number);
    this.#rowOf.set(key, number);
    return true;
  }

  #take(key: string, values: Targets[string], number: number): void {
    this.#machines.push(key);
    this.#targets.push(values);
    this.#rows.push(number);
  }

  /** Takes out the rows of machines that occur twice (XL-4). */
  #dropDoubled(): void {
    const doubled = new Set([...this.#doubled.values()].flat());
    for (const row of doubled) this.#bad.add(row);
    let kept = 0;
    for (const [index, row] of this.#rows.entries()) {
      if (doubled.has(row)) continue;
      this.#machines[kept] = this.#machines[index] ?? "";
      this.#targets[kept] = this.#targets[index] ?? {};
      this.#rows[kept] = row;
      kept += 1;
    }
    this.#machines.length = this.#targets.length = this.#rows.length = kept;
  }

  /** The revs of `base` that belong to the targets. */
  #revsOfTargets(base: Revs): Revs {
    const revs = Object.entries(base);
    if (!revs.length) return {};
    const targets = new Map(this.#machines.map((machine, index) => [machine, this.#targets[index]]));
    return Object.fromEntries(
      revs.flatMap(([machine, fields]) => {
        const values = targets.get(machine);
        const kept = Object.entries(fields).filter(([name]) => values && Object.hasOwn(values, name));
        return kept.length ? [[machine, Object.fromEntries(kept)]] : [];
      }),
    );
  }

  /** Everything that was found. */
  finish(sheets: readonly Sheet[], base: Revs): Gathered {
    if (this.#doubled.size) this.#dropDoubled();
    const errors = [...this.#errors, ...this.#aboutDoubled()];
    const warnings = [
      ...aboutSheets(sheets, this.#sheet, this.#header),
      ...aboutHeader(this.#header, this.#sheet, this.#idName, this.#otherTable),
      ...aboutRows(this.#header, this.#sheet, this.#blank, this.#again, this.#passedOver),
      ...this.#warnings,
    ];
    const { row } = this.#header;
    if (errors.length > MAX_ISSUES) {
      warnings.unshift({ row, code: "more_errors", args: { most: MAX_ISSUES } });
    }
    if (!this.#machines.length && !this.#bad.size) {
      warnings.push({ row, code: "no_rows" });
    }
    const [valid, invalid] = [this.#machines.length, this.#bad.size];
    return {
      machines: this.#machines,
      targets: this.#targets,
      rows: this.#rows,
      errors: errors.sort(byRow).slice(0, MAX_ISSUES),
      warnings: warnings.sort(byRow).slice(0, MAX_ISSUES),
      summary: { total: valid + invalid, valid, invalid },
      sheet: this.#sheet.name,
      headerRow: row,
      sheets: sheetNames(sheets),
      base: this.#revsOfTargets(base),
    };
  }

  /** Takes one row of any kind. */
  #oneRow(number: number, row: readonly Cell[]): void {
    if (this.#totals.has(number)) {
      this.#passedOver.push(number);
      return;
    }
    const { columns, idColumn } = this.#header;
    const idCell = at(row, idColumn);
    const cells = columns.map(({ column, field }) => ({ field, cell: at(row, column) }));
    if (idCell === null && cells.every(({ cell }) => cell === null)) {
      this.#blank.push(number);
      return;
    }
    if (this.#isOfOtherTable(number, row, idCell)) return;
    for (const [place, { column }] of columns.entries()) {
      const each = cells[place];
      if (each?.cell === null) each.cell = this.#merged.cell(number, column);
      else if (each) each.cell = this.#conditional.cell(number, column, each.cell);
    }
    const isBlank = cells.every(({ cell }) => cell === null);
    const keys = this.#keys(number, this.#conditional.cell(number, idColumn, idCell));
    const values: Record<string, string | number> = {};
    let isRight = keys.length > 0 && !this.#hasMoreFields(number, row);
    if (keys.length && isBlank) {
      const columns = several(cells.map(({ field }) => field.column));
      this.#error(number, "only_id", { machines: this.#names.listed(keys), columns });
      isRight = false;
    } else {
      for (const { field, cell } of cells) {
        if (cell === null) {
          if (field.isRequired && keys.length) {
            this.#error(number, "required", {}, field.column);
            isRight = false;
          }
          continue;
        }
        const reading = cast(cell, field, this.#header.factors.get(field.name));
        if ("code" in reading) {
          this.#error(number, reading.code, reading.args, field.column);
          isRight = false;
          continue;
        }
        values[field.name] = reading.value;
        if (reading.warning) this.#warning(number, "cast", reading.warning, field.column);
      }
    }
    const isDoubled = keys.map((key) => this.#isDouble(key, number)).includes(true);
    if (isDoubled || !isRight) this.#bad.add(number);
    else for (const key of keys) this.#take(key, { ...values }, number);
  }

  /** Whether a row is a header, or stands below one with other columns; nobody knows what its cells mean. */
  #isOfOtherTable(number: number, row: readonly Cell[], idCell: Cell): boolean {
    if (!this.#otherTable) {
      const below = this.#names.known.has(idCell) ? null : this.#headers.read(row);
      if (below === null || this.#names.isOne(idCell)) return false;
      if (below === "same") {
        this.#again.push(number);
        return true;
      }
      this.#otherTable = number;
    }
    this.#error(number, "other_table", { row: this.#otherTable });
    this.#bad.add(number);
    return true;
  }

  #hasMoreFields(number: number, row: readonly Cell[]): boolean {
    const most = this.#most;
    if (most === null || widthOf(row) <= most) return false;
    this.#error(number, "more_fields", { count: row.length, most });
    return true;
  }

  /** The machines of a row, by their entity keys, or an error if there are none. */
  #keys(number: number, cell: Cell): readonly string[] {
    const reading = readIds(cell, this.#names);
    if ("code" in reading) {
      this.#error(number, reading.code, reading.args, this.#idName);
      return [];
    }
    if (reading.warning) this.#warning(number, "id_read_as", reading.warning, this.#idName);
    return reading.machines;
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

  #error(row: number, code: string, args: MessageArgs, column?: string): void {
    if (this.#errors.length <= MAX_ISSUES) this.#errors.push(issueOf(row, code, args, column));
  }

  #warning(row: number, code: string, args: MessageArgs, column: string): void {
    if (this.#warnings.length < MAX_ISSUES) this.#warnings.push(issueOf(row, code, args, column));
  }

  /** For each row of a machine that occurs several times, an error that names the other rows. */
  #aboutDoubled(): Issue[] {
    const issues: Issue[] = [];
    for (const [key, rows] of this.#doubled) {
      const near = rows.slice(0, 6);
      for (const row of rows) {
        if (issues.length > MAX_ISSUES) return issues;
        const others = near.filter((other) => other !== row).map(String);
        const count = rows.length - 1;
        const args = { machine: idOf(key), rows: several(others, count), count };
        issues.push(issueOf(row, "doubled_machine", args, this.#idName));
      }
    }
    return issues;
  }
}

/** The object without undefined values, as JSON has it. */
function issueOf(row: number, code: string, args: MessageArgs, column?: string): Issue {
  const hasArgs = Object.keys(args).length > 0;
  return { row, code, ...(hasArgs && { args }), ...(column !== undefined && { column }) };
}

/** The cell of a column, null if the row ends before it or it contains only spaces. */
function at(row: readonly Cell[], column: number): Cell {
  const cell = row[column] ?? null;
  return typeof cell === "string" && !fold(cell) ? null : cell;
}

function byRow(one: Issue, other: Issue): number {
  return one.row - other.row;
}
