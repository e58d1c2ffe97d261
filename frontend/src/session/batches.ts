/** Batches over HTTP: commit, follow, undo, retry, and the annotated workbook. */

import { By, Outcome, Value } from "../contract/index.ts";
import { MessageSchema } from "../contract/message.ts";
import { z } from "../zod.ts";
import type { Api } from "./api.ts";

const Result = z.object({
  machine: z.string(),
  field: z.string(),
  outcome: Outcome,
  value: Value.default(null),
  rev: z.int().nullish(),
  message: z.string().nullish(),
  said: MessageSchema.nullish(),
  by: By.nullish(),
  since: z.number().nullish(),
  asked: Value.optional(),
  before: Value.optional(),
  at: z.number().optional(),
});
export type Result = z.infer<typeof Result>;

const Answer = z.object({
  txId: z.string(),
  status: z.enum(["in-progress", "done"]),
  results: z.array(Result),
});
export type Answer = z.infer<typeof Answer>;

const Source = z.object({
  filename: z.string(),
  sha256: z.string(),
  rows: z.int(),
  sheet: z.string().nullish(),
  encoding: z.string().nullish(),
});
/** The workbook that a batch came from: its name, SHA-256, rows and sheet. */
export type Source = z.infer<typeof Source>;

const Story = Answer.extend({
  person: z.string().default(""),
  at: z.number().default(0),
  kind: z.enum(["commit", "undo", "retry"]).default("commit"),
  reason: z.string().nullish(),
  source: Source.nullish(),
  follows: z.string().nullish(),
});
export type Story = z.infer<typeof Story>;

export type Updates = Readonly<Record<string, Readonly<Record<string, Value>>>>;
export type Base = Readonly<Record<string, Readonly<Record<string, number>>>>;

export interface BatchRequest {
  txId: string;
  updates: Updates;
  base?: Base;
  atomic?: boolean;
  source?: Source;
  reason?: string;
  /**
   * Server time in Unix seconds: the server refuses everything that it reads, or would send, later than that (CMD-8).
   */
  notAfter?: number;
  /** Only a proposal: it waits until another person has confirmed it (CMD-9). */
  propose?: boolean;
}

export async function postBatch(api: Api, request: BatchRequest): Promise<Answer> {
  return api.askFor(Answer, "/api/batches", { method: "POST", json: request });
}

/**
 * Withdraws the targets of a batch that have not left. It also counts if it arrives before the batch; then it has no
 * results.
 */
export async function cancelBatch(api: Api, txId: string): Promise<Answer> {
  return api.askFor(Answer, batchPath(txId, "/cancel"), { method: "POST" });
}

export async function fetchBatch(api: Api, txId: string, signal?: AbortSignal): Promise<Story> {
  return api.askFor(Story, batchPath(txId), signal ? { signal } : {});
}

export function batchPath(txId: string, tail = ""): string {
  return `/api/batches/${encodeURIComponent(txId)}${tail}`;
}

const Summary = z.object({
  txId: z.string(),
  person: z.string(),
  at: z.number(),
  counts: z.record(z.string(), z.int()),
  kind: z.enum(["commit", "undo", "retry"]).default("commit"),
  reason: z.string().nullish(),
  source: Source.nullish(),
  follows: z.string().nullish(),
});
export type Summary = z.infer<typeof Summary>;

const Page = z.object({ items: z.array(Summary), nextCursor: z.string().nullish() });
export type Page = z.infer<typeof Page>;

/** Which batches; Unix seconds, `until` exclusive. */
export interface Query {
  machine?: string;
  person?: string;
  since?: number;
  until?: number;
  cursor?: string;
  limit?: number;
}

export async function listBatches(api: Api, query: Query, signal?: AbortSignal): Promise<Page> {
  return api.askFor(Page, `/api/batches?${queryText(query)}`, signal ? { signal } : {});
}

export function queryText(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") params.set(name, String(value));
  return params.toString();
}

/** Undoes or retries the items in `updates`, with the shown revs as base. */
export async function postAgain(
  api: Api,
  followed: string,
  kind: "undo" | "retry",
  { txId, updates, base, reason, notAfter }: BatchRequest,
): Promise<Answer> {
  const items = Object.fromEntries(
    Object.entries(updates).map(([machine, fields]) => [machine, Object.keys(fields)]),
  );
  const json = { txId, items, base, reason, notAfter }; // what is undefined is left out
  return api.askFor(Answer, batchPath(followed, `/${kind}`), { method: "POST", json });
}

/** Stores the person's workbook on the server, under its SHA-256. */
export async function keepFile(api: Api, file: File, { sha256, filename }: Source): Promise<void> {
  await api.ask(`/api/files/${sha256}?filename=${encodeURIComponent(filename)}`, { method: "PUT", file });
}
