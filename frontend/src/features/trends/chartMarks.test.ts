import { afterEach, expect, test, vi } from "vitest";
import { loadLanguage } from "../../texts/catalogue.ts";
import { changeLabel } from "./chartMarks.ts";

vi.stubGlobal("document", { documentElement: { lang: "" } });
afterEach(() => loadLanguage("en"));

test("a change on the chart has the name of its person, and how it ended if it was not applied", async () => {
  expect(changeLabel("anna", "applied")).toBe("anna");
  expect(changeLabel("anna", "blocked")).toBe("anna (blocked)");
  await loadLanguage("de");
  expect(changeLabel("anna", "blocked")).toBe("anna (gesperrt)");
});
