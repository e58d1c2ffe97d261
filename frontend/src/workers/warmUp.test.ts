import { expect, test } from "vitest";
import { warmUp } from "./warmUp.ts";

test("the reader's own workbook goes the whole way, down to valid targets", async () => {
  expect(await warmUp()).toBe(40);
});
