/**
 * One client's connection: states, back-off, heartbeat, gaps, resume (LINK-*, HB-2, HB-3, SEQ-2 to SEQ-5).
 * Twin of `src/setpoint/core/link`; both replay `conformance/vectors/link`.
 */

export { waitMs } from "./backoff.ts";
export * from "./events.ts";
export * from "./states.ts";
export { step } from "./step.ts";
