import { expect, it } from "vitest";
import { plainNotice, storeState } from "../../conformance/storeState.ts";
import { vectors } from "../../conformance/vectors.ts";
import { decodeDown } from "../../contract/index.ts";
import { type Effect, type Event, IllegalTransition, Store } from "./index.ts";

const FRAMES = new Set(["hello", "snapshot", "delta"]);

/** Frames come through the decoder, as they do from the socket; the other events are the page's own. */
function read(event: unknown): Event {
  const { type } = event as { type: string };
  return (FRAMES.has(type) ? decodeDown(JSON.stringify(event)) : event) as Event;
}

/** As the vectors write effects: empty lists are left out. */
function plainEffect(effect: Effect): unknown {
  if (effect.type === "notify") return { type: effect.type, notice: plainNotice(effect.notice) };
  if (effect.type !== "changed") return effect;
  return Object.fromEntries(Object.entries(effect).filter(([, value]) => value.length > 0));
}

it.each(vectors("store"))("$title", ({ vector }) => {
  const { writable } = vector.start as { writable: string[] };
  const store = new Store(writable);
  vector.steps.forEach((step, index) => {
    const event = read(step.event);
    const atMs = step.atMs ?? 0;
    if (step.error) {
      expect(() => store.step(event, atMs)).toThrow(IllegalTransition);
    } else {
      expect(store.step(event, atMs).map(plainEffect), `effects of step ${index + 1}`).toEqual(step.effects);
    }
    expect(storeState(store), `state after step ${index + 1}`).toEqual(step.state);
  });
});
