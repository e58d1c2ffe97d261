import { describe, expect, it } from "vitest";
import { vectors } from "../conformance/vectors.ts";
import { NumberFormat } from "./formats.ts";
import { type Form, parseSheets, type Sheet, WorkbookError } from "./index.ts";

interface Event {
  readonly txId: string;
  readonly sheets: readonly Sheet[];
  readonly sheet?: string;
}

describe("ingest by the vectors", () => {
  it.each(vectors("ingest"))("$title", ({ vector }) => {
    const { plant } = vector.start as { plant: Form };
    for (const step of vector.steps) {
      const { sheets, txId, sheet } = step.event as Event;
      let outcome: unknown;
      try {
        outcome = { state: parseSheets(sheets, plant, txId, sheet) };
      } catch (error) {
        if (!(error instanceof WorkbookError)) throw error;
        outcome = { error: { code: error.code, message: error.message } };
      }
      expect(outcome).toEqual(step.error ? { error: step.error } : { state: step.state });
    }
  });
});

describe("number formats by the vectors", () => {
  it.each(vectors("formats"))("$title", ({ vector }) => {
    for (const step of vector.steps) {
      const { number, code, value, isStruck, isRepeated } = step.event as {
        number: number;
        isStruck?: boolean;
        isRepeated?: boolean;
        code: string | null;
        value: number | string;
      };
      const format = new NumberFormat(number, code, isStruck, isRepeated);
      const cell = typeof value === "string" ? format.text(value) : format.cell(value);
      expect(cell, JSON.stringify(step.event)).toEqual(step.state);
    }
  });
});
