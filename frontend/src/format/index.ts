/** Numbers, times and words as the board shows them. */
export type { Value } from "../contract/index.ts";
export * from "./times.ts";
export * from "./values.ts";
export * from "./words.ts";
