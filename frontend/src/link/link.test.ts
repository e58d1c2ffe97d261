import { describe, expect, it } from "vitest";
import { vectors } from "../conformance/vectors.ts";
import { type Event, type Link, LinkMisuse, newLink, step } from "./index.ts";

/** A link as the vectors write it: a map is an object, and undefined values are left out. */
function plain(link: Link): unknown {
  return JSON.parse(JSON.stringify({ ...link, topics: Object.fromEntries(link.topics) }));
}

/** A refusal of `act`, as the vectors name it. */
function errorOf(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof LinkMisuse) return { code: error.code };
    throw error;
  }
  return null;
}

describe("the link does what the vector says", () => {
  it.each(vectors("link"))("$title", ({ vector }) => {
    let link = newLink(vector.start ?? {});
    for (const { event, atMs = 0, effects, state, error } of vector.steps) {
      const happened = event as Event;
      if (error) {
        expect(errorOf(() => step(link, happened, atMs))).toEqual(error);
      } else {
        const [after, returned] = step(link, happened, atMs);
        expect(returned, JSON.stringify(event)).toEqual(effects);
        link = after;
      }
      expect(plain(link), JSON.stringify(event)).toEqual(state);
    }
  });
});
