import fc from "fast-check";
import { expect, it } from "vitest";
import { BatchUploadSchema, type Cell, type Form, type FormField, gather, parseSheets } from "./index.ts";

const field = (part: Partial<FormField>): FormField => ({
  name: "",
  type: "number",
  unit: "",
  minimum: null,
  maximum: null,
  options: [],
  isWritable: true,
  column: "",
  aliases: [],
  isRequired: false,
  ...part,
});

const form = (machines: number): Form => ({
  idColumn: "Machine ID",
  idAliases: [],
  fields: [
    field({ name: "speed", isWritable: false }),
    field({ name: "targetSpeed", minimum: 0, maximum: 3000, column: "Target Speed", isRequired: true }),
    field({ name: "mode", type: "choice", options: ["RUN", "IDLE", "MAINTENANCE"], column: "Mode" }),
  ],
  machines: Array.from({ length: machines }, (_, number) => `m_${number}`),
});

const HEADER: readonly Cell[] = ["Machine ID", "Target Speed", "Mode"];

it("accepts a row of plain values exactly when BatchUploadSchema does [XL-2]", () => {
  const speed = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -5, max: 3005 }), fc.constant(null));
  const mode = fc.constantFrom("RUN", "IDLE", "MAINTENANCE", "STOP", true, null);
  const schema = BatchUploadSchema(form(0).fields);
  fc.assert(
    fc.property(fc.array(fc.tuple(speed, mode), { maxLength: 40 }), (pairs) => {
      const rows = pairs.map(([targetSpeed, mode], number): Cell[] => [`m:${number}`, targetSpeed, mode]);
      const { batch } = parseSheets([{ name: "S", rows: [HEADER, ...rows] }], form(40), "tx");
      for (const [number, [targetSpeed, mode]] of pairs.entries()) {
        const row = { machineId: `m:${number}`, targetSpeed, ...(mode === null ? {} : { mode }) };
        expect(Object.hasOwn(batch.validRows, `m_${number}`)).toBe(schema.safeParse([row]).success);
      }
      expect(batch.summary.valid + batch.summary.invalid).toBe(pairs.length);
    }),
  );
});

it("reports its progress every 500 rows beyond 1,000, and returns nothing when cancelled [XL-8]", () => {
  const rows = (count: number): Cell[][] => Array.from({ length: count }, (_, n) => [`m:${n}`, 1, "RUN"]);
  const steps = (count: number) => gather([{ name: "S", rows: [HEADER, ...rows(count)] }], form(count));
  expect([...steps(1000)]).toEqual([]);
  expect([...steps(1201)]).toEqual([500, 1000, 1201].map((done) => ({ done, total: 1201 })));
  const dropped = steps(5000)[Symbol.iterator]();
  for (const _ of { [Symbol.iterator]: () => dropped }) break;
  expect(dropped.next()).toEqual({ done: true, value: undefined });
});
