import { describe, expect, test } from "vitest";
import { plantOf } from "../../contract/plant.ts";
import { clockOf } from "../../format/index.ts";
import { type Asked, type Change, type Known, look, newPreview, type Row } from "../../preview/index.ts";
import type { Target, Transaction } from "../../store/machine/index.ts";
import { amendedBy } from "./amended.ts";
import { noteWords } from "./notes.ts";
import { courseOf } from "./outcome.ts";

const plant = plantOf({
  name: "Test",
  timezone: "UTC",
  idColumn: "Machine ID",
  idAliases: [],
  isSimulated: true,
  kpis: [],
  fields: [
    {
      name: "targetSpeed",
      type: "number",
      label: "Target speed",
      unit: "rpm",
      decimals: 0,
      minimum: 0,
      maximum: 3_000,
      options: [],
      isWritable: true,
      column: "Target Speed",
      aliases: [],
      isRequired: true,
      units: {},
      actual: null,
      tolerance: null,
      needsReason: false,
      needsSecondPerson: false,
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
});
const clock = clockOf("UTC");

function planOf(targets: Record<string, number>, more: Partial<Asked> = {}): Asked {
  const keys = Object.keys(targets);
  return {
    targets: Object.fromEntries(keys.map((key) => [key, { targetSpeed: targets[key] ?? 0 }])),
    rows: Object.fromEntries(keys.map((key, index) => [key, index + 2])),
    base: {},
    undoes: {},
    errors: [],
    warnings: [],
    ...more,
  };
}

function rowsOf(plan: Asked, more: Partial<Known> = {}): readonly Row[] {
  const known: Known = {
    plant,
    record: () => ({ status: "RUNNING", quality: "GOOD", targetSpeed: 100 }),
    revs: () => ({ targetSpeed: 5 }),
    change: () => undefined,
    ...more,
  };
  return look(newPreview(plan), known).rows;
}

const wordsOf = (row: Row | undefined, isOver = false) => (row ? noteWords(row, clock, plant, isOver) : "");

describe("the notes of a preview", () => {
  test("name the stop or the lost contact that blocks a row, and since when", () => {
    const status = { status: "EMERGENCY_STOP", since: 50_520, targetSpeed: 200 };
    expect(wordsOf(rowsOf(planOf({ m_1: 150 }), { record: () => status })[0])).toMatch(
      /^line 01, EMERGENCY STOP since .*14:02$/,
    );
    const lost = { quality: "OFFLINE", targetSpeed: 200 };
    expect(wordsOf(rowsOf(planOf({ m_1: 150 }), { record: () => lost })[0])).toBe(
      "contact is not good (offline)",
    );
  });

  test("say whether a conflict was caused by a person, the machine or a stop", () => {
    const wanted = planOf({ m_1: 150 }, { base: { m_1: { targetSpeed: 4 } } });
    const noteOf = (kind: "operator" | "device" | "safety", name?: string) => {
      const by = name === undefined ? { kind } : { kind, name };
      const change: Change = { machine: "m_1", field: "targetSpeed", rev: 5, written: 5, by, at: 50_520 };
      return wordsOf(rowsOf(wanted, { change: () => change })[0]);
    };
    const rest = "; it is 100 rpm now. Tick it to overwrite.";
    expect(noteOf("operator", "ben")).toMatch(/^Changed by ben at .*14:02; it is 100 rpm now/);
    expect(noteOf("device")).toMatch(/^Changed at the machine at .*14:02;/);
    expect(noteOf("safety", "EMERGENCY_STOP")).toMatch(/^Voided by EMERGENCY STOP at .*14:02;/);
    expect(wordsOf(rowsOf(wanted)[0])).toBe(`Changed since${rest}`);
    expect(wordsOf(rowsOf(wanted)[0], true)).toBe("Changed since; it was 100 rpm then.");
  });
});

test.each([
  [{ status: "FAULT" }, "It was in FAULT when it was shown here"],
  [{ status: "EMERGENCY_STOP" }, "It was in EMERGENCY STOP when it was shown here"],
  [{ quality: "STALE" }, "Its contact was stale when it was shown here"],
])("a note names what blocked a machine when it was shown: %o", (blocked, words) => {
  let record: Record<string, string | number> = { targetSpeed: 100, ...blocked };
  const known: Known = { plant, record: () => record, revs: () => ({}), change: () => undefined };
  const shown = look(newPreview(planOf({ m_1: 150 })), known);
  record = { targetSpeed: 100, status: "RUNNING", quality: "GOOD" };
  expect(wordsOf(look(shown, known).rows[0])).toContain(words);
});

test("a preview does not wait for a machine that leaves the plant while its row is shown", () => {
  const known: Known = { plant, record: () => undefined, revs: () => ({}), change: () => undefined };
  const rows = look(newPreview(planOf({ m_1: 150 })), known).rows;
  expect(wordsOf(rows[0])).toBe("It has not reported yet.");
  const without = plantOf({ ...plant, lines: [] });
  expect(rows[0] && noteWords(rows[0], clock, without)).toBe("It is no longer in this plant. Leave it out.");
});

test("a repaired row is no longer shown as an error, but with its corrected target", () => {
  const issue = { row: 7, column: "Target Speed", code: "out_of_range" };
  const wanted = planOf({ m_1: 150 }, { errors: [issue] });
  expect(rowsOf(wanted).map((row) => [row.row, row.state])).toEqual([
    [7, "error"],
    [2, "change"],
  ]);
  const amended = amendedBy(wanted, { m_3: { targetSpeed: 100 } }, { 7: "m_3" });
  expect(rowsOf(amended).map((row) => [row.row, row.state])).toEqual([
    [2, "change"],
    [7, "unchanged"],
  ]);
});

describe("the progress of a commit [PRE-4]", () => {
  const rows = rowsOf(planOf({ m_1: 150, m_2: 160, m_3: 170 }));
  const sent = new Set(["m_1 targetSpeed", "m_2 targetSpeed"]);
  const target = (machine: string, phase: Target["phase"], outcome: Target["outcome"] = null) =>
    [
      machine,
      new Map([["targetSpeed", { machine, field: "targetSpeed", phase, outcome } as Target]]),
    ] as const;
  const course = (...targets: ReturnType<typeof target>[]) =>
    courseOf(
      rows,
      sent,
      { txId: "t", atMs: 0, sentMs: 1, status: "confirmed", targets: new Map(targets) } as Transaction,
      { clock, plant },
    );

  test("counts unconfirmed targets as unknown, and never as not applied", () => {
    expect(course(target("m_1", "unknown"), target("m_2", "reconciled")).counts).toEqual({
      open: 0,
      applied: 1,
      notApplied: 0,
      unknown: 1,
      notSent: 1,
    });
  });

  test("counts a target that takes effect late as applied", () => {
    const late = course(target("m_1", "unknown", "applied"), target("m_2", "inflight"));
    expect(late.counts).toMatchObject({ applied: 1, unknown: 0, open: 1 });
    expect(late.rows[0]?.outcome).toMatchObject({ glyph: "✓", text: "Applied late" });
  });
});
