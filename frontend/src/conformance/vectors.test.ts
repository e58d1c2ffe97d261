import { describe, expect, it } from "vitest";
import { vectors } from "./vectors.ts";

describe("the loader of vectors", () => {
  it.each(["link", "store", "protocol", "ingest", "preview"] as const)(
    "finds every file of the suite %s in order",
    (suite) => {
      expect(vectors(suite).length).toBeGreaterThan(0);
    },
  );
});
