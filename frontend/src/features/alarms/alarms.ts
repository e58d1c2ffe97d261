/** Alarms that are not normal, as `GET /api/alarms` answers them, and a person's acts on them. */
import { api } from "../../api.ts";
import { z } from "../../zod.ts";

const Mark = z.object({
  by: z.string(),
  at: z.number(),
  note: z.string().optional(),
  until: z.number().nullish(),
});

const Alarm = z.object({
  machine: z.string(),
  line: z.string(),
  name: z.string(),
  label: z.string(),
  priority: z.enum(["critical", "high", "medium", "low"]),
  state: z.string(),
  isActive: z.boolean(),
  since: z.number(),
  raisedAt: z.number().nullable(),
  field: z.string().nullable(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  unit: z.string(),
  consequence: z.string(),
  response: z.string(),
  acknowledged: Mark.nullable(),
  shelf: Mark.nullable(),
  out: Mark.nullable(),
  isKnown: z.boolean(),
});
export type Alarm = z.infer<typeof Alarm>;

const Count = z.object({ machine: z.string(), name: z.string(), raised: z.int() });

const List = z.object({
  defined: z.int(),
  alarms: z.array(Alarm),
  figures: z.object({
    raised: z.int(),
    isFlood: z.boolean(),
    worst: z.array(Count),
    chattering: z.array(Count),
    standing: z.int(),
  }),
});
export type AlarmList = z.infer<typeof List>;
export type Figures = AlarmList["figures"];
export type AlarmAct = "acknowledge" | "shelve" | "unshelve" | "take-out" | "put-back";

export function fetchAlarms(
  params: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<AlarmList> {
  const text = new URLSearchParams(Object.entries(params).filter(([, value]) => value)).toString();
  return api.askFor(List, `/api/alarms?${text}`, signal ? { signal } : {});
}

export async function actOn(
  { machine, name }: Alarm,
  act: AlarmAct,
  { note = "", forS }: { note?: string; forS?: number } = {},
): Promise<void> {
  const path = `/api/alarms/${encodeURIComponent(machine)}/${encodeURIComponent(name)}/${act}`;
  await api.ask(path, { method: "POST", json: forS === undefined ? { note } : { note, forS } });
}

/** What can be done with an alarm in its state. */
export function actsFor({ state }: Alarm): readonly AlarmAct[] {
  switch (state) {
    case "unacknowledged":
    case "returned":
      return ["acknowledge", "shelve", "take-out"];
    case "acknowledged":
      return ["shelve", "take-out"];
    case "shelved":
      return ["unshelve", "take-out"];
    case "out_of_service":
      return ["put-back"];
    default:
      return ["take-out"];
  }
}
