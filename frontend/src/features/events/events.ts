/** What happened, as `GET /api/events` tells it; and where a person left off reading. */
import { api } from "../../api.ts";
import type { Plant } from "../../contract/plant.ts";
import { measured, outcomeWord, statusWord } from "../../format/index.ts";
import { hasText, t } from "../../texts/catalogue.ts";
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
  person: z.string().nullish(),
  outcome: z.string().nullish(),
  alarm: z.string().nullish(),
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
  if (event.kind === "alarm") return event.alarm ?? "";
  if (event.status) return [statusWord(event.status), event.cause].filter(Boolean).join(", ");
  if (event.field) return fieldWords(event, plant);
  return "";
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

/** The instant of the newest event that this person had on this screen; 0 where the list was never open. */
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
