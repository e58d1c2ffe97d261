/** `/api/shifts`: the shifts, a shift's report, reasons of downtime and notes. Durations are seconds, instants Unix seconds. */
import type { Api } from "../../session/api.ts";
import { z } from "../../zod.ts";
import { Event } from "../events/events.ts";

const Shift = z.object({ name: z.string(), date: z.string(), since: z.number(), until: z.number() });
const Reason = z.object({
  id: z.string(),
  name: z.string(),
  within: z.string().nullable(),
  state: z.string(),
  isLeaf: z.boolean(),
});
const Shifts = z.object({
  shifts: z.array(Shift),
  reasons: z.array(Reason),
  isDefined: z.boolean().default(true),
});

const NotKnown = z.object({
  code: z.string(),
  machines: z.array(z.string()).default([]),
  more: z.int().default(0),
});
export type NotKnown = z.infer<typeof NotKnown>;
const Factor = z.object({
  value: z.number().nullable(),
  formula: z.string(),
  why: NotKnown.nullable().default(null),
});
const Oee = z.object({
  oee: Factor,
  availability: Factor,
  performance: Factor,
  quality: Factor,
  plannedBusyS: z.number(),
  productionS: z.number(),
  idealS: z.number().nullable(),
  total: z.number().nullable(),
  good: z.number().nullable(),
  seconds: z.record(z.string(), z.number()),
});
const Loss = z.object({
  kind: z.enum(["reason", "uncategorised", "micro-stops", "setup"]),
  reason: z.string().nullable(),
  name: z.string(),
  state: z.string(),
  seconds: z.number(),
  stops: z.int(),
  machines: z.record(z.string(), z.number()),
});
const Stop = z.object({
  machine: z.string(),
  line: z.string(),
  since: z.number(),
  until: z.number(),
  status: z.string().nullable(),
  cause: z.string().nullable(),
  reason: z.string().nullable(),
  by: z.string().nullable(),
  text: z.string(),
  stopSince: z.number(),
  stopUntil: z.number(),
});
const MachineShift = z.object({
  machine: z.string(),
  line: z.string(),
  oee: Oee,
  stops: z.int(),
  microStops: z.int(),
  unmapped: z.array(z.string()),
});
const Changes = z.object({
  person: z.string(),
  batches: z.int(),
  targets: z.int(),
  outcomes: z.record(z.string(), z.int()),
  lastAt: z.number(),
  reasons: z.array(z.string()),
});
const Note = z.object({ line: z.string(), text: z.string(), person: z.string(), at: z.number() });
const ShiftAlarm = z.object({
  machine: z.string(),
  line: z.string(),
  name: z.string(),
  priority: z.string(),
  raised: z.int(),
  acknowledged: z.int(),
  lastAt: z.number(),
  label: z.string().default(""),
});
const Report = z.object({
  shift: Shift,
  until: z.number(),
  plant: Oee,
  lines: z.array(z.object({ line: z.string(), oee: Oee })),
  machines: z.array(MachineShift),
  losses: z.array(Loss),
  stops: z.array(Stop),
  cut: z.int(),
  changes: z.array(Changes),
  notes: z.array(Note),
  alarms: z.array(ShiftAlarm).default([]),
  events: z.array(Event).default([]),
  cutAlarms: z.boolean().default(false),
  cutEvents: z.boolean().default(false),
});

export type Shift = z.infer<typeof Shift>;
export type Reason = z.infer<typeof Reason>;
export type Shifts = z.infer<typeof Shifts>;
export type Factor = z.infer<typeof Factor>;
export type Oee = z.infer<typeof Oee>;
export type Loss = z.infer<typeof Loss>;
export type Stop = z.infer<typeof Stop>;
export type MachineShift = z.infer<typeof MachineShift>;
export type Report = z.infer<typeof Report>;

export async function fetchShifts(api: Api, signal?: AbortSignal): Promise<Shifts> {
  return api.askFor(Shifts, "/api/shifts", signal ? { signal } : {});
}

export function reportPath(since: string, line: string, format = ""): string {
  const query = new URLSearchParams();
  if (line) query.set("line", line);
  if (format) query.set("format", format);
  const text = query.toString();
  return `/api/shifts/${encodeURIComponent(since)}${text ? `?${text}` : ""}`;
}

export async function fetchReport(
  api: Api,
  since: string,
  line: string,
  signal?: AbortSignal,
): Promise<Report> {
  return api.askFor(Report, reportPath(since, line), signal ? { signal } : {});
}

export interface Assignment {
  readonly machine: string;
  readonly since: number;
  readonly until: number;
  /** Empty if the reason turns out not to be known. */
  readonly reason: string;
  readonly text: string;
}

export async function assignReason(api: Api, json: Assignment): Promise<void> {
  await api.ask("/api/shifts/reasons", { method: "POST", json });
}

export async function writeNote(api: Api, line: string, since: number, text: string): Promise<void> {
  await api.ask("/api/shifts/notes", { method: "POST", json: { line, since, text } });
}
