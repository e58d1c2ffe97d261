/** The rows of a batch's page: one for each target, and one for each row of the workbook that was not sent. */
import type { Value } from "../../contract/index.ts";
import { type Group, groupOf } from "../../preview/index.ts";
import type { Result, Story } from "../../session/batches.ts";
import type { Course } from "../upload/outcome.ts";
import type { NotSentRow, SentBatch } from "./sent.ts";

export interface BatchRow {
  readonly key: string;
  readonly group: Group;
  /** The spreadsheet's number; null if it is not known. */
  readonly row: number | null;
  readonly machine: string | null;
  /** What the workbook's cell said, if it named no machine. */
  readonly name: string;
  readonly field: string | null;
  readonly before: Value | undefined;
  readonly target: Value | undefined;
  /** When the target ended, in Unix seconds. */
  readonly at: number | null;
  readonly end: RowEnd;
}

/** The outcome of a row, from this page's own knowledge or from the server. */
export type RowEnd =
  | { readonly kind: "words"; readonly state: string; readonly glyph: string; readonly text: string }
  | { readonly kind: "result"; readonly result: Result };

/** Rows that need attention come first. */
export const ORDER: readonly Group[] = ["notApplied", "unknown", "open", "applied", "notSent"];

/** Within a group the order stays. */
export function worstFirst<T extends { readonly group: Group }>(rows: readonly T[]): T[] {
  return ORDER.flatMap((group) => rows.filter((row) => row.group === group));
}

export function rowsOfCourse(course: Course, sent: SentBatch | null): BatchRow[] {
  const left = new Map(sent?.notSent.map((row) => [row.key, row]));
  return course.rows.map(({ row, outcome, group }) => ({
    key: row.key,
    group,
    row: row.row,
    machine: row.machine,
    name: left.get(row.key)?.name ?? "",
    field: row.field,
    before: row.now,
    target: row.target,
    at: null,
    end: { kind: "words", ...outcome },
  }));
}

export function rowsOfStory({ results }: Story, sent: SentBatch | null): BatchRow[] {
  const targets = results.map(
    (result): BatchRow => ({
      key: `${result.machine} ${result.field}`,
      group: groupOf(result.outcome),
      row: sent?.rows[result.machine] ?? null,
      machine: result.machine,
      name: "",
      field: result.field,
      before: result.before,
      target: result.asked === undefined ? result.value : result.asked,
      at: result.at ?? null,
      end: { kind: "result", result },
    }),
  );
  return [...targets, ...(sent?.notSent.map(rowOfNotSent) ?? [])];
}

function rowOfNotSent({
  key,
  row,
  machine,
  name,
  field,
  now,
  target,
  isWrong,
  reason,
}: NotSentRow): BatchRow {
  const end = {
    kind: "words",
    state: isWrong ? "failed" : "left-out",
    glyph: "",
    text: `Not sent: ${reason}`,
  } as const;
  return { key, group: "notSent", row, machine, name, field, before: now, target, at: null, end };
}
