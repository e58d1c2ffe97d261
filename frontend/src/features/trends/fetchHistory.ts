/** `GET /api/history`: recorded values of signals, the states of their machines, and people's changes. */

import type { Api } from "../../session/api.ts";
import { z } from "../../zod.ts";

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Numbers = z.array(z.number().nullable());

const SignalHistory = z.object({
  signal: z.string(),
  machine: z.string(),
  field: z.string(),
  unit: z.string().default(""),
  at: z.array(z.number()),
  min: Numbers.optional(),
  max: Numbers.optional(),
  mean: Numbers.optional(),
});

const StateInterval = z.object({
  machine: z.string(),
  since: z.number(),
  until: z.number(),
  status: Value,
  quality: z.string().default("GOOD"),
});

const SetPointChange = z.object({
  machine: z.string(),
  field: z.string(),
  at: z.number(),
  by: z.string(),
  before: Value,
  value: Value,
  outcome: z.string(),
  reason: z.string().nullable().optional(),
});

const HistoryAnswer = z.object({
  since: z.number(),
  until: z.number(),
  resolution: z.string(),
  signals: z.array(SignalHistory),
  states: z.array(StateInterval),
  changes: z.array(SetPointChange),
});

export type SignalHistory = z.infer<typeof SignalHistory>;
export type StateInterval = z.infer<typeof StateInterval>;
export type SetPointChange = z.infer<typeof SetPointChange>;
export type HistoryAnswer = z.infer<typeof HistoryAnswer>;

export interface HistoryQuestion {
  readonly signals: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly width: number;
}

/** The address of an answer; `format` is json if not given. */
export function historyPath({ signals, from, to, width }: HistoryQuestion, format = ""): string {
  const query = new URLSearchParams({
    signals: signals.join(","),
    from: from.toFixed(3),
    to: to.toFixed(3),
    width: String(Math.round(width)),
  });
  if (format) query.set("format", format);
  return `/api/history?${query}`;
}

export async function fetchHistory(
  api: Api,
  question: HistoryQuestion,
  signal: AbortSignal,
): Promise<HistoryAnswer> {
  return api.askFor(HistoryAnswer, historyPath(question), { signal });
}
