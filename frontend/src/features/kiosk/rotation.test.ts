import { describe, expect, test } from "vitest";
import type { Concern } from "../../session/concerns.ts";
import { pageAt, wallPages } from "./rotation.ts";

const LINES = ["01", "02", "03"].map((id) => ({
  id,
  machines: Array.from({ length: 5 }, (_, index) => ({ key: `m_${id}${index}` })),
}));
const PAGES = wallPages(LINES, 50);
const NOW = 1_000_000;

const stop = (machine: string, status: string, agoS: number): Concern => ({
  machine,
  status,
  since: NOW - agoS,
  sinceSeen: false,
  sinceEarlier: null,
  quality: "GOOD",
  seen: null,
  isCritical: true,
});
const turns = (critical: readonly Concern[], count = 4) =>
  Array.from({ length: count }, (_, turn) => pageAt(PAGES, critical, turn, NOW)?.line);

describe("a wall shows", () => {
  test("one line after the other", () => {
    expect(turns([])).toEqual(["01", "02", "03", "01"]);
  });

  test("the line of a new stop, for as long as it is new", () => {
    expect(turns([stop("m_023", "FAULT", 5)])).toEqual(["02", "02", "02", "02"]);
    expect(turns([stop("m_023", "FAULT", 601)])).toEqual(["01", "02", "03", "01"]);
  });

  test("no line for an old stop of a machine that was silent for a while (TOPIC-2)", () => {
    const again = { ...stop("m_023", "FAULT", 5), sinceSeen: true, sinceEarlier: NOW - 7_200 };
    expect(turns([again])).toEqual(["01", "02", "03", "01"]);
  });

  test("the lines of several new stops in turn, the worst first", () => {
    const critical = [
      stop("m_030", "EMERGENCY_STOP", 50),
      stop("m_010", "FAULT", 5),
      stop("m_011", "FAULT", 5),
    ];
    expect(turns(critical)).toEqual(["03", "01", "03", "01"]);
  });

  test("no line for a maintenance lock, however new", () => {
    expect(turns([stop("m_023", "MAINTENANCE_LOCK", 1)])).toEqual(["01", "02", "03", "01"]);
  });

  test("a line on as many pages as its tiles need, none of them left out", () => {
    const pages = wallPages([{ id: "01", machines: LINES.flatMap(({ machines }) => machines) }], 7);
    expect(pages.map(({ machines }) => machines.length)).toEqual([5, 5, 5]);
    expect(pages.map(({ page, pages: of }) => `${page + 1} of ${of}`)).toEqual([
      "1 of 3",
      "2 of 3",
      "3 of 3",
    ]);
  });
});
