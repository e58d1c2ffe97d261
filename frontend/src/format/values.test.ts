import { describe, expect, test } from "vitest";
import type { Field } from "../contract/plant.ts";
import { measured, rangeWords, shown } from "./values.ts";

const SPEED: Field = {
  name: "targetSpeed",
  type: "number",
  label: "Target speed",
  unit: "rpm",
  decimals: 0,
  minimum: 0.5,
  maximum: 3_000,
  options: [],
  isWritable: true,
  column: "Target Speed",
  aliases: [],
  isRequired: true,
  actual: "speed",
  needsReason: false,
  needsSecondPerson: false,
  tolerance: null,
};

describe("a set-point [TIER-5]", () => {
  test.each([
    [1.25, "1.25"],
    [-0.001, "-0.001"],
    [1250, "1,250"],
    [1250.5, "1,250.5"],
    [0.1 + 0.2, "0.30000000000000004"],
    [1e-7, "1e-7"],
    [-0, "0"],
  ])("of %d is shown as %s although the field has no decimals", (value, text) => {
    expect(shown(SPEED, value)).toBe(text);
  });

  test("has the field's decimals at least", () => {
    expect(shown({ ...SPEED, decimals: 2 }, 1.5)).toBe("1.50");
  });

  test("is exact in its limits and in an unknown field", () => {
    expect(rangeWords(SPEED)).toBe("0.5 to 3,000 rpm");
    expect(shown(null, 1.25)).toBe("1.25");
  });
});

test("a measured value is rounded to the field's decimals", () => {
  expect(measured({ ...SPEED, isWritable: false }, 1204.35)).toBe("1,204 rpm");
});

test("a measured value that is rounded to zero has no sign", () => {
  expect(shown({ ...SPEED, isWritable: false, decimals: 1 }, -0.04)).toBe("0.0");
  expect(shown({ ...SPEED, isWritable: false, decimals: 1 }, -0.06)).toBe("-0.1");
});
