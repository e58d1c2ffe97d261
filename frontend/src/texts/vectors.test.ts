import { describe, expect, it, vi } from "vitest";
import { vectors } from "../conformance/vectors.ts";
import { MessageSchema } from "../contract/message.ts";
import { type Language, loadLanguage } from "./catalogue.ts";
import { localized } from "./message.ts";

interface Event {
  readonly message: string;
  readonly said?: unknown;
  readonly language: Language;
}

vi.stubGlobal("document", { documentElement: { lang: "" } }); // the language of a page

describe("sentences with their codes by the vectors", () => {
  it.each(vectors("said"))("$title", async ({ vector }) => {
    for (const step of vector.steps) {
      const { message, said, language } = step.event as Event;
      await loadLanguage(language);
      const code = said === undefined ? null : MessageSchema.parse(said);
      expect(localized(code, message), JSON.stringify(step.event)).toBe(step.state);
    }
  });
});
