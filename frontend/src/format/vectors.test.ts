import { describe, expect, it } from "vitest";
import { vectors } from "../conformance/vectors.ts";
import type { Value } from "../contract/index.ts";
import { shown } from "./values.ts";

interface Event {
  readonly value: Value;
  readonly decimals: number;
  readonly isSet: boolean;
}

describe("values by the vectors", () => {
  it.each(vectors("shown"))("$title", ({ vector }) => {
    for (const step of vector.steps) {
      const { value, decimals, isSet } = step.event as Event;
      expect(shown({ decimals, isWritable: isSet }, value), JSON.stringify(step.event)).toBe(step.state);
    }
  });
});
