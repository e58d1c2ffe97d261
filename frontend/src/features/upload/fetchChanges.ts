/** The last change of each set-point of a line: the name beside a conflict, which the stream does not have. */

import { api } from "../../api.ts";
import { By } from "../../contract/index.ts";
import type { Change } from "../../preview/index.ts";
import { z } from "../../zod.ts";

const ChangeSchema = z.object({
  machine: z.string(),
  field: z.string(),
  rev: z.int().default(0),
  written: z.int().default(0),
  by: By.nullish(),
  at: z.number().default(0),
});
export async function fetchChanges(line: string, signal: AbortSignal): Promise<Change[]> {
  return api.askFor(z.array(ChangeSchema), `/api/changes?line=${encodeURIComponent(line)}`, { signal });
}
