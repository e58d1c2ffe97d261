/**
 * The targets of a workbook that are not sent, and why: kept beside its batch, and written into the annotated workbook.
 */
import type { Plant } from "../../contract/plant.ts";
import { type Preview, totalsOf } from "../../preview/index.ts";
import type { SentBatch } from "../batches/sent.ts";
import type { Reasons } from "./annotated.ts";
import { type Terms, unsentOutcome } from "./outcome.ts";
import type { Workbook } from "./workbook.ts";
import { machineText } from "./wrongRows.ts";

const MAX_REASON = 500;

/** The record of a preview that is sent under this txId as it is now. */
export function leftOutOf(
  txId: string,
  { name, found }: Workbook,
  preview: Preview,
  plant: Plant,
  terms: Terms,
): Omit<SentBatch, "isSeen"> {
  const left = preview.rows.filter(({ isTicked, state }) => !isTicked && state !== "unchanged");
  return {
    txId,
    name,
    leftOut: totalsOf(preview).left,
    rows: { ...preview.asked.rows },
    unchanged: preview.rows.filter(({ state }) => state === "unchanged").map(({ key }) => key),
    notSent: left.map((row) => ({
      key: row.key,
      row: row.row,
      machine: row.machine,
      name: row.machine === null ? machineText(row, plant, found) : "",
      field: row.field,
      now: row.now,
      target: row.target,
      isWrong: row.state === "error" || row.state === "blocked",
      reason: unsentOutcome(row, terms).reason ?? "",
    })),
  };
}

/** By machine and field. */
export function reasonsOf({ notSent, unchanged }: SentBatch): Reasons {
  const reasons: Record<string, Record<string, string>> = {};
  const add = (machine: string | null | undefined, field: string | null | undefined, reason: string) => {
    if (!machine || !field) return;
    reasons[machine] = { ...reasons[machine], [field]: reason.slice(0, MAX_REASON) };
  };
  for (const { machine, field, reason } of notSent) add(machine, field, reason);
  for (const key of unchanged) add(...(key.split(" ", 2) as [string, string]), "unchanged");
  return reasons;
}
