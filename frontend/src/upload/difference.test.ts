import { describe, expect, test } from "vitest";
import { type PlantDescription, plantOf } from "../api/plant.ts";
import { clockOf } from "../components/words.ts";
import { type Asked, differenceOf, isSendable, type Now, totalsOf } from "./difference.ts";

const number = {
  type: "number" as const,
  unit: "rpm",
  decimals: 0,
  options: [],
  aliases: [],
  needsReason: false,
  needsSecondPerson: false,
};
const PLANT: PlantDescription = {
  name: "Test",
  timezone: "UTC",
  idColumn: "Machine ID",
  idAliases: [],
  isSimulated: true,
  fields: [
    {
      ...number,
      name: "speed",
      label: "Speed",
      minimum: null,
      maximum: null,
      isWritable: false,
      column: "",
      isRequired: false,
      actual: null,
    },
    {
      ...number,
      name: "targetSpeed",
      label: "Target speed",
      minimum: 0,
      maximum: 3_000,
      isWritable: true,
      column: "Target Speed",
      isRequired: true,
      actual: "speed",
    },
  ],
  lines: [
    {
      id: "01",
      name: "",
      mayChange: true,
      machines: ["m_1", "m_2", "m_3"].map((key) => ({ key, id: key.replace("_", ":"), name: "" })),
    },
  ],
};
const plant = plantOf(PLANT);
const clock = clockOf("UTC");

const RECORDS: Record<string, Record<string, string | number>> = {
  m_1: { status: "RUNNING", quality: "GOOD", targetSpeed: 100 },
  m_2: { status: "EMERGENCY_STOP", since: 50_520, quality: "GOOD", targetSpeed: 200 },
  m_3: { status: "RUNNING", quality: "OFFLINE", targetSpeed: 300 },
};
const now: Now = {
  record: (machine) => RECORDS[machine],
  server: (machine, field) => RECORDS[machine]?.[field],
  rev: () => 5,
};

function asked(targets: Record<string, number>, more: Partial<Asked> = {}): Asked {
  const keys = Object.keys(targets);
  return {
    targets: Object.fromEntries(keys.map((key) => [key, { targetSpeed: targets[key] ?? 0 }])),
    rows: Object.fromEntries(keys.map((key, index) => [key, index + 2])),
    base: {},
    errors: [],
    warnings: [],
    found: {},
    ...more,
  };
}

const kinds = (wanted: Asked) =>
  differenceOf(wanted, {}, {}, plant, now, clock).map((row) => [row.machine, row.kind]);

describe("the difference between a workbook and the plant", () => {
  test("a target that the machine already has is unchanged, whatever else is the matter with it", () => {
    expect(kinds(asked({ m_1: 100, m_2: 200, m_3: 300 }))).toEqual([
      ["m_1", "unchanged"],
      ["m_2", "unchanged"],
      ["m_3", "unchanged"],
    ]);
  });

  test("a stop and a lost contact block, and say by what", () => {
    const rows = differenceOf(asked({ m_1: 150, m_2: 150, m_3: 150 }), {}, {}, plant, now, clock);
    expect(rows.map((row) => row.kind)).toEqual(["blocked", "blocked", "change"]);
    expect(rows[0]?.note).toMatch(/^line 01, EMERGENCY STOP since .*14:02$/);
    expect(rows[1]?.note).toBe("contact is not good (offline)");
    expect(rows.filter(isSendable).map((row) => row.machine)).toEqual(["m_1"]);
  });

  test("a rev above the one of the download is a conflict; the same rev is a change", () => {
    expect(kinds(asked({ m_1: 150 }, { base: { m_1: { targetSpeed: 4 } } }))).toEqual([["m_1", "conflict"]]);
    expect(kinds(asked({ m_1: 150 }, { base: { m_1: { targetSpeed: 5 } } }))).toEqual([["m_1", "change"]]);
  });

  test("a conflict says whose doing it was: a person's, the machine's, or a stop's", () => {
    const wanted = asked({ m_1: 150 }, { base: { m_1: { targetSpeed: 4 } } });
    const noteOf = (kind: "operator" | "device" | "safety", name?: string) => {
      const by = name === undefined ? { kind } : { kind, name };
      const change = { machine: "m_1", field: "targetSpeed", rev: 5, by, at: 50_520 };
      const changes = new Map([["m_1 targetSpeed", change]]);
      return differenceOf(wanted, {}, {}, plant, now, clock, changes)[0]?.note;
    };
    const rest = "; it is 100 rpm now. Tick it to overwrite.";
    expect(noteOf("operator", "ben")).toMatch(/^Changed by ben at .*14:02; it is 100 rpm now/);
    expect(noteOf("device")).toMatch(/^Changed at the machine at .*14:02;/);
    expect(noteOf("safety", "EMERGENCY_STOP")).toMatch(/^Voided by EMERGENCY STOP at .*14:02;/);
    expect(differenceOf(wanted, {}, {}, plant, now, clock)[0]?.note).toBe(`Changed since${rest}`);
  });

  test("an undo of what somebody changed since is a conflict", () => {
    expect(kinds(asked({ m_1: 150 }, { expected: { m_1: { targetSpeed: 120 } } }))).toEqual([
      ["m_1", "conflict"],
    ]);
    expect(kinds(asked({ m_1: 150 }, { expected: { m_1: { targetSpeed: 100 } } }))).toEqual([
      ["m_1", "change"],
    ]);
  });

  test("errors come first, and a repaired row is no error any more", () => {
    const wanted = asked(
      { m_1: 150 },
      { errors: [{ row: 7, column: "Target Speed", code: "range", msg: "too high" }] },
    );
    const before = differenceOf(wanted, {}, {}, plant, now, clock);
    expect(before.map((row) => [row.row, row.kind])).toEqual([
      [7, "error"],
      [2, "change"],
    ]);
    expect(totalsOf(before).byKind).toMatchObject({ error: 1, change: 1 });
    const after = differenceOf(wanted, { m_3: { targetSpeed: 300 } }, { 7: "m_3" }, plant, now, clock);
    expect(after.map((row) => [row.row, row.kind])).toEqual([
      [2, "change"],
      [7, "unchanged"],
    ]);
  });

  test("a fixed cell outside its range is an error, not a change", () => {
    const rows = differenceOf(asked({ m_1: 150 }), { m_1: { targetSpeed: 9_999 } }, {}, plant, now, clock);
    expect(rows[0]).toMatchObject({
      kind: "error",
      isFixed: true,
      note: "9,999 rpm is outside 0 to 3,000 rpm.",
    });
  });

  test("a machine that nothing was heard of is told as such, and may be sent", () => {
    const unheard: Now = { ...now, record: () => undefined, server: () => undefined };
    const rows = differenceOf(asked({ m_1: 150 }), {}, {}, plant, unheard, clock);
    expect(rows[0]?.kind).toBe("unheard");
    expect(rows.filter(isSendable)).toHaveLength(1);
  });
});
