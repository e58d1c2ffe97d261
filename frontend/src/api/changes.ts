/** Who or what moved each set-point of a line last: the name beside a conflict, which the stream does not tell. */

import { By } from "../protocol/index.ts";
import { z } from "../zod.ts";
import { askFor } from "./http.ts";

const Change = z.object({
  machine: z.string(),
  field: z.string(),
  rev: z.int(),
  by: By.nullish(),
  at: z.number(),
});
export type Change = z.infer<typeof Change>;

export async function fetchChanges(line: string, signal: AbortSignal): Promise<Change[]> {
  return askFor(z.array(Change), `/api/changes?line=${encodeURIComponent(line)}`, { signal });
}
