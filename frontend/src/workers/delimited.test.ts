import { describe, expect, it } from "vitest";
import { readDelimited } from "./delimited.ts";

const HEADER = "Machine ID;Target Speed\n";
const read = (text: string) => readDelimited(new TextEncoder().encode(text), new Set());

describe("a csv of blank lines [XL-7]", () => {
  it.each(["\n", "\r\n", "\r", ";;\n", '""\n'])("has no more rows for %j", (line) => {
    const { rows } = read(`${HEADER}m:401;150\n${line.repeat(100_000)}`);
    expect(rows).toEqual([
      ["Machine ID", "Target Speed"],
      ["m:401", 150],
    ]);
  });

  it("counts blank lines before a value as rows", () => {
    expect(read(`${HEADER}${"\n".repeat(7)}m:401;150\n`).rows[8]).toEqual(["m:401", 150]);
    expect(() => read(`${HEADER}${"\n".repeat(999_999)}m:401;150\n`)).toThrow("below row 1000000");
  });

  it("reports an unclosed quote in its record", () => {
    expect(() => read(`${HEADER}${"\n".repeat(8)}m:401;"${'""'.repeat(200_000)}`)).toThrow("record 10 ");
  });
});
