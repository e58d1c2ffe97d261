import { describe, expect, test } from "vitest";
import {
  ageWords,
  changePercent,
  clockOf,
  isCritical,
  plural,
  shown,
  statusWord,
  withStatusWords,
} from "./index.ts";

const FIELD = {
  name: "targetSpeed",
  type: "number" as const,
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
  actual: "speed",
  tolerance: null,
  needsReason: false,
  needsSecondPerson: false,
};

describe("words", () => {
  test("ages count in seconds, then minutes, hours and days, and are never negative", () => {
    expect([-5, 0, 119_999, 120_000, 7_200_000, 200_000_000].map(ageWords)).toEqual([
      "0\u00a0s",
      "0\u00a0s",
      "119\u00a0s",
      "2\u00a0min",
      "2\u00a0h",
      "2\u00a0days",
    ]);
  });

  test("a critical status keeps its capitals, and others are in lower case", () => {
    expect(statusWord("EMERGENCY_STOP")).toBe("EMERGENCY STOP");
    expect(statusWord("RUNNING")).toBe("Running");
    expect(isCritical("RUNNING")).toBe(false);
  });

  test("a status within a sentence is written as people say it", () => {
    expect(withStatusWords("voided by EMERGENCY_STOP at m:402")).toBe("voided by EMERGENCY STOP at m:402");
    expect(withStatusWords("RUN was refused")).toBe("RUN was refused");
  });

  test("“no reading” is a dash, never an empty text and never zero", () => {
    expect([null, undefined, 0].map((value) => shown(FIELD, value))).toEqual(["–", "–", "0"]);
  });

  test("a change is shown in percent with its sign, unless that would mean nothing", () => {
    expect(changePercent(1_000, 1_470)).toBe("+47 %");
    expect(changePercent(1_000, 966)).toBe("−3.4 %");
    expect(changePercent(0, 100)).toBe("");
    expect(changePercent(3_000, 1)).toBe("−99.9 %");
    expect(changePercent(3_000, 0)).toBe("−100 %");
    expect(changePercent(10_000, 10_001)).toBe("+0.01 %");
    expect(changePercent(10_000, 10_000)).toBe("");
  });

  test("times are in the plant's time zone, with the day if it is not today", () => {
    expect(clockOf("Asia/Tokyo").full(0)).toBe("1 Jan 1970, 09:00:00");
    expect(clockOf("Nowhere/Else").time(0)).toBe("1 Jan 00:00:00");
  });

  test("a single thing has no plural s", () => {
    expect([plural(1, "row"), plural(1_200, "row"), plural(2, "batch", "batches")]).toEqual([
      "1 row",
      "1,200 rows",
      "2 batches",
    ]);
  });
});
