/**
 * How many examples a property test plays, and which ones.
 *
 * `make test` plays the same examples every time, so that what passed once passes again. With `SETPOINT_TESTS=full`
 * (`make test-full`) they are fresh and ten times as many; fast-check prints the seed and the path of a failure, which
 * `fc.assert(…, { seed, path })` plays again.
 */
import fc from "fast-check";

const IS_FULL = process.env.SETPOINT_TESTS === "full";
const SEED = 20_261_128;

/** The options of a property that plays `count` examples, ten times as many in `make test-full`. */
export function examples(count: number): { numRuns: number } {
  return { numRuns: IS_FULL ? count * 10 : count };
}

/** Runs before every test file; see `vite.config.ts`. */
fc.configureGlobal({ ...examples(100), ...(IS_FULL ? {} : { seed: SEED }) });
