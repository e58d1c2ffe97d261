/** Parsing a text from outside takes time in proportion to its length. */
import { expect, it } from "vitest";
import { fold, trim } from "./topics.ts";

it.each([" ", "\t", "\u00a0"])(
  "a run of a million %j inside a text costs no more than its length",
  (space) => {
    const text = `${space}1${space.repeat(1_000_000)}x${space}`;
    expect(trim(text)).toBe(text.slice(1, -1));
    expect(fold(text).length).toBe(text.length - 2);
  },
);
