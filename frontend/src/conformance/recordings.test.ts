/**
 * Replays what clients saw in simulated schedules with the board's store, which must reach the same states as the
 * Python store. `python -m tests.simulation.recordings FOLDER` writes them; `SETPOINT_RECORDINGS` names the folder,
 * and `make test` sets it. Without it there is nothing to replay.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeDown } from "../contract/index.ts";
import { type Event, Store } from "../store/machine/index.ts";
import { storeState } from "./storeState.ts";

interface Recording {
  readonly name: string;
  readonly steps: readonly { atMs: number; event: { type: string }; state?: unknown }[];
}

const FRAMES = new Set(["hello", "snapshot", "delta"]);
const folder = process.env.SETPOINT_RECORDINGS;

function read(event: { type: string }): Event {
  return (FRAMES.has(event.type) ? decodeDown(JSON.stringify(event)) : event) as Event;
}

describe.skipIf(folder === undefined)("what clients saw", () => {
  const files = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith(".json"));

  it.each(files)("%s", (file) => {
    const recordings = JSON.parse(readFileSync(join(folder ?? "", file), "utf-8")) as Recording[];
    for (const { name, steps } of recordings) {
      const store = new Store(["targetSpeed", "mode"]);
      steps.forEach(({ atMs, event, state }, index) => {
        store.step(read(event), atMs);
        if (state !== undefined) expect(storeState(store), `${name}, event ${index + 1}`).toEqual(state);
      });
    }
  });
});
