/** Reads a machine's last ten minutes, for a page that was just opened. */

import { api } from "../../api.ts";
import { z } from "../../zod.ts";

const Trend = z.object({
  ts: z.number(),
  spanMs: z.number(),
  everyMs: z.number(),
  at: z.array(z.number()),
  values: z.record(z.string(), z.array(z.number().nullable())),
});
export type Trend = z.infer<typeof Trend>;

export async function fetchTrend(machine: string, signal: AbortSignal): Promise<Trend> {
  return api.askFor(Trend, `/api/machines/${encodeURIComponent(machine)}/history`, { signal });
}
