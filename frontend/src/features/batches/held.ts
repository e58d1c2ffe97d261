/** Batches that wait for a second person, over HTTP: list, confirm and refuse them. */

import { api } from "../../api.ts";
import { z } from "../../zod.ts";

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Held = z.object({
  txId: z.string(),
  person: z.string(),
  at: z.number(),
  until: z.number(),
  updates: z.record(z.string(), z.record(z.string(), Value)),
  reason: z.string().nullable(),
  isMine: z.boolean(),
});

export type Held = z.infer<typeof Held>;

export const fetchHeld = (): Promise<Held[]> => api.askFor(z.array(Held), "/api/held");

export async function confirmHeld(txId: string): Promise<void> {
  await api.ask(`/api/held/${encodeURIComponent(txId)}`, { method: "POST", json: {} });
}

export async function withdrawHeld(txId: string): Promise<void> {
  await api.ask(`/api/held/${encodeURIComponent(txId)}`, { method: "DELETE" });
}
