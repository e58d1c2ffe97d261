/** Events, as `GET /api/events` answers them, and the point up to which a person has read them. */
import { api } from "../../api.ts";
import { MessageSchema } from "../../contract/message.ts";
import type { Plant } from "../../contract/plant.ts";
import { measured, outcomeWord, statusWord, withStatusWords } from "../../format/index.ts";
import { endWords } from "../../format/sentences.ts";
import { hasText, languageNow, t } from "../../texts/catalogue.ts";
import { localized } from "../../texts/message.ts";
import { z } from "../../zod.ts";

const Value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const Event = z.object({
  kind: z.string(),
  machine: z.string(),
  at: z.number(),
  line: z.string().optional(),
  field: z.string().nullish(),
  txId: z.string().nullish(),
  status: z.string().nullish(),
  cause: z.string().nullish(),
  before: Value.optional(),
  value: Value.optional(),
  message: z.string().nullish(),
  said: MessageSchema.nullish(),
  person: z.string().nullish(),
  outcome: z.string().nullish(),
  alarm: z.string().nullish(),
  label: z.string().nullish(),
  change: z.string().nullish(),
  priority: z.string().nullish(),
  acknowledged: z.object({ person: z.string(), at: z.number(), note: z.string().optional() }).nullish(),
});
export type Event = z.infer<typeof Event>;

const Page = z.object({ items: z.array(Event), nextCursor: z.string().nullish() });
export type EventPage = z.infer<typeof Page>;

/** Groups of kinds that a person chooses from; `contract/http/machines.py` has the kinds. */
export const GROUPS: Readonly<Record<string, string>> = {
  stops: "asserted,cleared,stop_between",
  contact: "offline,online",
  alarms: "alarm",
  targets: "asked,applied,unknown,conflict,not_applied,device_change,late_landing",
  plant: "plant_change,sign_in",
};

export function fetchEvents(
  params: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<EventPage> {
  return api.askFor(Page, `/api/events?${textOf(params)}`, signal ? { signal } : {});
}

export function textOf(params: Readonly<Record<string, string>>): string {
  return new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
}

export async function acknowledgeEvent(event: Event, note: string): Promise<void> {
  const { kind, machine, at } = event;
  const field = event.alarm ?? event.field ?? "";
  await api.ask("/api/events/acknowledge", { method: "POST", json: { kind, machine, at, field, note } });
}

export function keyOf(event: Event): string {
  return [
    event.at,
    event.machine,
    event.kind,
    event.alarm ?? event.field ?? "",
    event.change ?? "",
    event.txId ?? "",
  ].join(" ");
}

/** An event of a newer server is shown by its name. */
export function kindWords({ kind, change }: Event): string {
  if (kind === "alarm")
    return hasText(`events-alarm-${change}`) ? t(`events-alarm-${change}`) : (change ?? "");
  return hasText(`events-kind-${kind}`) ? t(`events-kind-${kind}`) : kind.replaceAll("_", " ");
}

export function whatOf(event: Event, plant: Plant): string {
  if (event.kind === "alarm") return event.label ?? event.alarm ?? "";
  if (event.status) return [statusWord(event.status), event.cause].filter(Boolean).join(", ");
  if (event.field) return fieldWords(event, plant);
  return "";
}

/** Outcomes whose sentence is clear without the name of the person who caused them. */
const PLAIN_ENDS = ["blocked", "failed", "rejected", "diverged"];

/**
 * The server's sentence about a target's outcome. It comes in English; another language has its own sentence if the
 * meaning is certain.
 */
export function messageWords({ kind, outcome, message, said }: Event): string {
  if (!message || languageNow() === "en") return withStatusWords(message ?? "");
  if (kind === "applied" || kind === "late_landing") return ""; // The kind says it.
  if (kind === "unknown") return endWords({ outcome: "unknown", message, said });
  if (kind === "not_applied" && outcome && PLAIN_ENDS.includes(outcome))
    return endWords({ outcome, message, said });
  return withStatusWords(localized(said, message));
}

function fieldWords(event: Event, plant: Plant): string {
  const field = plant.fieldsByName.get(event.field ?? "");
  const shown = (value: z.infer<typeof Value> | undefined) =>
    field ? measured(field, value ?? null) : String(value ?? "–");
  const change =
    event.before === undefined ? shown(event.value) : `${shown(event.before)} → ${shown(event.value)}`;
  const outcome = event.kind === "not_applied" && event.outcome ? ` (${outcomeWord(event.outcome)})` : "";
  return `${field?.label || event.field}: ${change}${outcome}`;
}

const SEEN = "setpoint-events-seen";

/** The instant of the newest event that this person has seen on this screen; 0 if the list was never open. */
export function lastSeen(person: string): number {
  try {
    return Number(localStorage.getItem(`${SEEN} ${person}`)) || 0;
  } catch {
    return 0;
  }
}

export function noteSeen(person: string, at: number): void {
  try {
    localStorage.setItem(`${SEEN} ${person}`, String(at));
  } catch {
    // Without storage every visit is the first.
  }
}
