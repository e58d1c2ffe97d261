/** The requests of administrators of the whole plant: limits, the security log, the plant file. */
import { api } from "../../api.ts";
import { z } from "../../zod.ts";

const Limits = z.object({
  targetsAtOnce: z.int(),
  targetsAnHour: z.int(),
  keptBytes: z.int(),
  keptFiles: z.int(),
  readsAtOnce: z.int(),
});
export type Limits = z.infer<typeof Limits>;

/** Means the default when limits are requested by name. */
export const EVERYBODY = "*";

const limitsPath = (name: string): string => `/api/people/${encodeURIComponent(name)}/limits`;

export const fetchLimits = (name: string, signal?: AbortSignal): Promise<Limits> =>
  api.askFor(Limits, limitsPath(name), signal ? { signal } : {});

export const setLimits = (name: string, limits: Limits): Promise<Limits> =>
  api.askFor(Limits, limitsPath(name), { method: "PUT", json: limits });

/** Makes an account follow the default again, or resets the default to its first value. */
export const resetLimits = (name: string): Promise<Limits> =>
  api.askFor(Limits, limitsPath(name), { method: "DELETE" });

/** The kinds of entries in the log; `contract/http/people.py` has the same list. */
export const SECURITY_EVENTS = [
  "signed-in",
  "sign-in-refused",
  "signed-out",
  "signed-out-everywhere",
  "session-ended",
  "sessions-ended",
  "set-up",
  "password-set",
  "link-made",
  "account-added",
  "account-disabled",
  "account-enabled",
  "rights-changed",
  "limits-changed",
  "token-created",
  "token-revoked",
  "retention-changed",
  "plant-changed",
  "message-repeated",
  "held",
  "confirmed",
  "refused",
  "withdrawn",
  "removed",
] as const;

const SecurityEntry = z.object({
  seq: z.int(),
  at: z.number(),
  event: z.string(),
  person: z.string(),
  address: z.string(),
  facts: z.record(z.string(), z.unknown()),
});
export type SecurityEntry = z.infer<typeof SecurityEntry>;

const SecurityPage = z.object({ items: z.array(SecurityEntry), nextCursor: z.string().nullish() });
export type SecurityPage = z.infer<typeof SecurityPage>;

/** `query` is what `queryText` makes. */
export const fetchSecurity = (query: string, signal?: AbortSignal): Promise<SecurityPage> =>
  api.askFor(SecurityPage, `/api/security?${query}`, signal ? { signal } : {});

const PlantChange = z.object({
  added: z.array(z.string()),
  removed: z.array(z.string()),
  moved: z.array(z.string()),
  fields: z.array(z.string()),
  lines: z.array(z.string()),
});
export type PlantChange = z.infer<typeof PlantChange>;

export const reloadPlant = (): Promise<PlantChange> =>
  api.askFor(PlantChange, "/api/plant/reload", { method: "POST" });
