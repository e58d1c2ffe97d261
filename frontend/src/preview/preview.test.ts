import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../conformance/vectors.ts";
import type { Value } from "../contract/index.ts";
import { examples } from "../testing/examples.ts";
import {
  type Asked,
  type Change,
  countOutcomes,
  countTargets,
  holdOf,
  isSame,
  type Known,
  look,
  newPreview,
  type Preview,
  type PreviewField,
  type PreviewPlant,
  retryOf,
  sendsOf,
  tick,
  totalsOf,
  undoOf,
  withdrawalOf,
} from "./index.ts";

// biome-ignore lint/suspicious/noExplicitAny: an event is whatever its vector says.
type Raw = any;

/** Without the defaults, as the vectors write rows and notes. */
function compact(value: object): unknown {
  const isDefault = (each: unknown) =>
    each === null ||
    each === false ||
    each === "" ||
    (typeof each === "object" && Object.keys(each).length === 0);
  return Object.fromEntries(Object.entries(value).filter(([, each]) => !isDefault(each)));
}

function stateOf(preview: Preview, isAtomic: boolean): unknown {
  const { barriers, ...totals } = totalsOf(preview);
  return {
    rows: preview.rows.map(({ remarks: _, ...row }) => compact({ ...row, notes: row.notes.map(compact) })),
    totals: { ...totals, barriers: barriers.map(({ note, count }) => ({ note: compact(note), count })) },
    ...sendsOf(preview),
    hold: holdOf(preview, isAtomic),
  };
}

function plantOf(raw: Raw, readOnly: readonly string[] = []): PreviewPlant {
  const fields: PreviewField[] = raw.fields;
  return {
    idColumn: "Machine ID",
    fields,
    fieldsByName: new Map(fields.map((field) => [field.name, field])),
    machines: new Map(
      raw.lines.flatMap((line: Raw) =>
        line.machines.map((key: string) => [key, { line: line.id, mayChange: !readOnly.includes(line.id) }]),
      ),
    ),
  };
}

function knownOf(plant: Raw, event: Raw): Known {
  const changes = new Map<string, Change>(
    (event.changes ?? []).map((each: Change) => [`${each.machine} ${each.field}`, each]),
  );
  return {
    plant: plantOf(plant, event.readOnly),
    record: (machine) => event.machines[machine],
    revs: (machine) => event.revs?.[machine],
    change: (machine, field) => changes.get(`${machine} ${field}`),
  };
}

/** The answers of the functions that keep no state. */
function answerOf(event: Raw, plant: Raw): unknown {
  switch (event.type) {
    case "undo":
      return undoOf(event.story, plantOf(plant));
    case "retry":
      return retryOf(event.story, plantOf(plant));
    case "outcomes":
      return countOutcomes(event.outcomes, event.notSent);
    case "targets":
      return countTargets(
        event.targets.map((each: Raw) => ({ outcome: null, ...each })),
        event.notSent,
      );
    case "withdrawal":
      return withdrawalOf(event.results);
    case "same":
      return isSame(event.field, event.one, event.other);
    default:
      throw new Error(`expected an event of a preview, but got ${event.type}`);
  }
}

const NOTHING: Asked = { targets: {}, rows: {}, base: {}, undoes: {}, errors: [], warnings: [] };

describe("the preview does what the vector says", () => {
  it.each(vectors("preview"))("$title", ({ vector }) => {
    const start = (vector.start ?? {}) as Raw;
    let preview = newPreview({ ...NOTHING, ...start.asked });
    let known: Known | null = null;
    for (const { event, state } of vector.steps as Raw[]) {
      if (event.type === "look") {
        known = knownOf(start.plant, event);
        preview = look(preview, known);
      } else if (event.type === "tick" && known) {
        preview = tick(preview, event.keys, event.isIn, known);
      } else {
        expect(answerOf(event, start.plant), JSON.stringify(event)).toEqual(state);
        continue;
      }
      expect(stateOf(preview, event.isAtomic ?? false), JSON.stringify(event)).toEqual(state);
    }
  });
});

it("checks only changed machines, with the same result as a check of all [PRE-1, PRE-2]", () => {
  const field: PreviewField = {
    name: "targetSpeed",
    type: "number",
    isWritable: true,
    column: "Target Speed",
  };
  const keys = ["m_1", "m_2", "m_3", "m_4"];
  const records = new Map<string, { [field: string]: Value }>();
  const revs = new Map<string, { targetSpeed: number }>();
  const known: Known = {
    plant: {
      idColumn: "Machine ID",
      fields: [field],
      fieldsByName: new Map([["targetSpeed", field]]),
      machines: new Map(keys.map((key) => [key, { line: "01", mayChange: true }])),
    },
    record: (machine) => records.get(machine),
    revs: (machine) => revs.get(machine),
    change: () => undefined,
  };
  const asked: Asked = {
    ...NOTHING,
    targets: Object.fromEntries(keys.map((key) => [key, { targetSpeed: 150 }])),
    rows: Object.fromEntries(keys.map((key, index) => [key, 9 - index])),
    warnings: [{ row: 8, code: "cast", args: { number: "150" }, column: "Target Speed" }],
    errors: [{ row: 2, code: "percent" }],
  };
  const histories = fc.array(
    fc.record({
      machine: fc.constantFrom(...keys),
      targetSpeed: fc.constantFrom(100, 150, 200),
      status: fc.constantFrom("RUNNING", "FAULT"),
      rev: fc.integer({ min: 0, max: 3 }),
      isTicked: fc.option(fc.boolean(), { nil: undefined }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(histories, (history) => {
      records.clear();
      revs.clear();
      let whole = look(newPreview(asked), known);
      let part = whole;
      for (const { machine, targetSpeed, status, rev, isTicked } of history) {
        records.set(machine, { targetSpeed, status, quality: "GOOD" });
        revs.set(machine, { targetSpeed: rev });
        whole = look(whole, known);
        part = look(part, known, new Set([machine]));
        if (isTicked !== undefined) {
          whole = tick(whole, [`${machine} targetSpeed`], isTicked, known);
          part = tick(part, [`${machine} targetSpeed`], isTicked, known);
        }
        expect(part).toEqual(whole);
      }
    }),
    examples(100),
  );
});
