/** `GET /api/plant`: the lines, machines and fields that this person may see. */

import { z } from "../zod.ts";
import { machineId } from "./topics.ts";

const FieldSchema = z.object({
  name: z.string(),
  type: z.enum(["number", "choice", "text"]).default("number"),
  label: z.string().default(""),
  unit: z.string().default(""),
  decimals: z.number().int().default(0),
  minimum: z.number().nullable().default(null),
  maximum: z.number().nullable().default(null),
  options: z.array(z.string()).default([]),
  isWritable: z.boolean().default(false),
  column: z.string().default(""),
  aliases: z.array(z.string()).default([]),
  isRequired: z.boolean().default(false),
  units: z.record(z.string(), z.number()).optional(),
  actual: z.string().nullable().default(null),
  tolerance: z.number().nullable().default(null),
  needsReason: z.boolean().default(false),
  needsSecondPerson: z.boolean().default(false),
});

const KpiSchema = z.object({
  name: z.string(),
  field: z.string(),
  of: z.enum(["mean", "sum", "count"]).default("mean"),
  label: z.string().default(""),
  unit: z.string().default(""),
  decimals: z.number().int().default(0),
});

const CapabilityNames = z.array(z.enum(["time", "quality", "refusal"]));

const MachineSchema = z
  .object({
    key: z.string(),
    name: z.string().default(""),
    /** What the machine can report about itself; null or missing: not known. */
    tells: CapabilityNames.nullish(),
  })
  .transform((machine) => ({ ...machine, id: machineId(machine.key) }));

const MachinesSchema = z.array(MachineSchema);

/** A machine as the server sends it; null if the schema has to say what is wrong with it, or to fill in what is missing. */
function walkMachine(sent: unknown): Machine | null {
  if (typeof sent !== "object" || sent === null) return null;
  const { key, name, tells } = sent as { readonly [name in keyof Machine]?: unknown };
  if (typeof key !== "string" || typeof name !== "string") return null;
  const machine = { key, name, id: machineId(key) };
  if (tells === undefined) return machine;
  if (tells === null) return { ...machine, tells };
  const parsed = CapabilityNames.safeParse(tells);
  return parsed.success ? { ...machine, tells: parsed.data } : null;
}

/** Checked one by one, because for 10,000 machines the schema takes longer than everything else in this file. */
const Machines = z.unknown().transform((sent, context): Machine[] => {
  const walked = Array.isArray(sent) ? sent.map(walkMachine) : [null];
  if (walked.every((machine) => machine !== null)) return walked;
  const { data, error } = MachinesSchema.safeParse(sent);
  if (data) return data;
  for (const { path, message } of error?.issues ?? []) context.addIssue({ code: "custom", path, message });
  return z.NEVER;
});

const LineSchema = z.object({
  id: z.string(),
  name: z.string().default(""),
  mayChange: z.boolean().default(true),
  machines: Machines,
});

export const PlantSchema = z.object({
  name: z.string(),
  timezone: z.string().default("UTC"),
  idColumn: z.string().default("Machine ID"),
  idAliases: z.array(z.string()).default([]),
  fields: z.array(FieldSchema),
  lines: z.array(LineSchema),
  isSimulated: z.boolean().default(false),
  kpis: z.array(KpiSchema).default([]),
});

/** A field of every machine: its type, unit, limits, and whether people may set it. */
export type Field = z.infer<typeof FieldSchema>;
export type Kpi = z.infer<typeof KpiSchema>;
/** A machine: `key` is its name on the wire (`m_402`), `id` the one for people (`m:402`). */
export type Machine = z.infer<typeof MachineSchema>;
export type Line = z.infer<typeof LineSchema>;
/** What `GET /api/plant` answers. */
export type PlantDescription = z.infer<typeof PlantSchema>;

/** What a tile shows: the measured value in large, the set-point that it follows, and the rest. */
export interface TileFields {
  /** The measured field that is shown largest. */
  actual: Field | null;
  /** The set-point that the actual follows. */
  setPoint: Field | null;
  /** The first choice that can be set, `mode` in the standard plant. */
  mode: Field | null;
  /** Other measured fields, in the plant's order. */
  others: Field[];
}

/** The plant's description, with what is looked up often: fields by name, machines by key. */
export interface Plant extends PlantDescription {
  fieldsByName: ReadonlyMap<string, Field>;
  writable: readonly Field[];
  /** Each machine by its entity key, with its line. */
  machines: ReadonlyMap<string, Machine & { line: string; mayChange: boolean }>;
  /** Whether the person may give targets to any machine at all. */
  mayChange: boolean;
  tileFields: TileFields;
}

/** Whether the two descriptions are equal; everything derived from them is then equal too. */
export function isSamePlant(a: Plant, b: Plant): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The plant of a description that your application has already. */
export function plantOf(description: PlantDescription): Plant {
  const { fields, lines } = description;
  const fieldsByName = new Map(fields.map((field) => [field.name, field]));
  const writable = fields.filter((field) => field.isWritable);
  const setPoint = writable.find((field) => field.type === "number") ?? null;
  const measured = fields.filter((field) => !field.isWritable);
  const actual =
    fieldsByName.get(setPoint?.actual ?? "") ?? measured.find((field) => field.type === "number") ?? null;
  return {
    ...description,
    fieldsByName,
    writable,
    mayChange: lines.some((line) => line.mayChange),
    machines: new Map(
      lines.flatMap((line) =>
        line.machines.map((machine) => [
          machine.key,
          { ...machine, line: line.id, mayChange: line.mayChange },
        ]),
      ),
    ),
    tileFields: {
      actual,
      setPoint,
      mode: writable.find((field) => field.type === "choice") ?? null,
      others: measured.filter((field) => field !== actual),
    },
  };
}
