/**
 * The result of reading a workbook, as schemas: the data from the worker to the page, and the content of a row.
 *
 * `BatchUploadSchema` is the specification's, made from the plant instead of written for one. The walk decides row by
 * row with plain comparisons, because it must say what was expected in words that both languages share. The schema
 * checks all rows once more before they leave the worker.
 */
import { type Message, MessageArgsSchema } from "../contract/message.ts";
import { z } from "../zod.ts";
import type { FormField } from "./header.ts";

const TargetsSchema = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number()])));

/** One error or warning. `row` is the number that the spreadsheet shows, `column` the plant's name for it. */
export const IssueSchema = z.object({
  row: z.number().int(),
  column: z.string().optional(),
  code: z.string(),
  args: MessageArgsSchema.optional(),
});

export const ParsedBatchSchema = z.object({
  txId: z.string(),
  validRows: TargetsSchema,
  errors: z.array(IssueSchema),
  warnings: z.array(IssueSchema),
  summary: z.object({ total: z.number().int(), valid: z.number().int(), invalid: z.number().int() }),
});

/** The batch and where it came from: each machine's row, and the revs that the template was filled in against. */
export const IngestedSchema = z.object({
  batch: ParsedBatchSchema,
  sheet: z.string(),
  headerRow: z.number().int(),
  /** Those that a person can choose; `sheet` is the one that was read. */
  sheets: z.array(z.string()),
  rows: z.record(z.string(), z.number().int()),
  base: z.record(z.string(), z.record(z.string(), z.number().int())),
});

export type Targets = z.infer<typeof TargetsSchema>;
/** What is wrong with a row: its number, the column, a code, and what the code's sentence names. */
export type Issue = z.infer<typeof IssueSchema>;

/** The message of an issue for people. */
export function issueMessage({ code, args = {}, column }: Issue): Message {
  return { code: `issue-${code}`, args: column === undefined ? args : { ...args, column } };
}

/** What a workbook asks for: targets of valid rows, and the errors of the others. */
export type ParsedBatch = z.infer<typeof ParsedBatchSchema>;
export type Ingested = z.infer<typeof IngestedSchema>;

/**
 * An `Ingested` by columns, to be passed on in pieces, because a record with a hundred thousand names is slow to make.
 */
export interface Gathered extends Omit<Ingested, "batch" | "rows"> {
  readonly machines: readonly string[];
  readonly targets: readonly Targets[string][];
  readonly rows: readonly number[];
  readonly errors: Issue[];
  readonly warnings: Issue[];
  readonly summary: ParsedBatch["summary"];
}

/**
 * The rows of a plant's workbook: `[{machineId: "m:402", targetSpeed: 150, mode: "RUN"}]`. `hasLetters` says that machines
 * may have letters in their names (ID-1).
 */
export function BatchUploadSchema(fields: readonly FormField[], hasLetters = false) {
  const shape = fields
    .filter((field) => field.isWritable)
    .map(
      (field) => [field.name, field.isRequired ? valueSchema(field) : valueSchema(field).optional()] as const,
    );
  const machineId = z.string().regex(hasLetters ? /^m:[0-9A-Za-z]{1,12}$/ : /^m:\d+$/);
  return z.array(z.strictObject({ machineId, ...Object.fromEntries(shape) }));
}

function valueSchema(field: FormField) {
  switch (field.type) {
    case "number":
      return z
        .number()
        .min(field.minimum ?? -Number.MAX_VALUE)
        .max(field.maximum ?? Number.MAX_VALUE);
    case "choice":
      return z.enum(field.options);
    case "text":
      return z.string().max(400);
  }
}
