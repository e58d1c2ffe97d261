/** The wire, sub-protocol `setpoint.v1`. Twin of `src/setpoint/contract/live` and `src/setpoint/contract/topics`. */
export * from "./codec.ts";
export * from "./codes.ts";
export * from "./down.ts";
export * from "./overview.ts";
export * from "./topics.ts";
export * from "./up.ts";
