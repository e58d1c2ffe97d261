import { describe, expect, test } from "vitest";
import type { Field } from "../contract/plant.ts";
import { readTarget, targetText } from "./target.ts";

const SPEED: Field = {
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
  actual: "speed",
  needsReason: false,
  needsSecondPerson: false,
  tolerance: null,
};

describe("a typed target (XL-2)", () => {
  test("is read by the rule for workbooks", () => {
    const read = ["1250", " 61.5 ", "12,5", "1 250,5", "1.234,5", "0"].map((text) => readTarget(SPEED, text));
    expect(read).toEqual([
      { value: 1250, isExact: true },
      { value: 61.5, isExact: true },
      { value: 12.5, isExact: false },
      { value: 1250.5, isExact: false },
      { value: 1234.5, isExact: false },
      { value: 0, isExact: true },
    ]);
  });

  test.each(["1.250", "1,250", "12.500"])("%s can be read two ways and is refused", (text) => {
    const reading = readTarget(SPEED, text);
    expect("refusal" in reading && reading.refusal).toContain(`“${text}” can be`);
  });

  test.each(["", "  ", "1e3", "12 %", "0x10", "abc", "1250 rpm"])("%j is not a number", (text) => {
    expect(readTarget(SPEED, text)).toHaveProperty("refusal");
  });

  test("is refused with the range if it is outside", () => {
    expect(readTarget(SPEED, "9999")).toEqual({
      refusal: "Target speed takes a number from 0 to 3000 rpm, not 9999.",
    });
  });

  test("is shown digit by digit, whatever the field's decimals", () => {
    expect(targetText(SPEED, 1.25)).toBe("1.25 rpm");
    expect(targetText(SPEED, 1250)).toBe("1250 rpm");
    expect(targetText({ ...SPEED, unit: "" }, "RUN")).toBe("RUN");
  });
});
