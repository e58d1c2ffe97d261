import { expect, test } from "vitest";
import type { Result } from "../../session/batches.ts";
import { worstFirst } from "./order.ts";

test("what did not take effect is first, then what is unknown; the batch's order stays within each", () => {
  const outcomes = ["applied", "pending", "failed", "unknown", "applied", "conflict"] as const;
  const results = outcomes.map(
    (outcome, index) => ({ machine: `m_${index}`, field: "f", outcome }) as Result,
  );
  expect(worstFirst(results).map(({ machine }) => machine)).toEqual([
    "m_2",
    "m_5",
    "m_3",
    "m_1",
    "m_0",
    "m_4",
  ]);
});
