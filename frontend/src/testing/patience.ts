/**
 * How long a test waits before it says that something never happened. A wait ends with its event, so a generous limit
 * costs nothing; on a busy machine the usual second is too short.
 */
export const WAIT_MS = 20_000;

if (typeof document !== "undefined") {
  const { configure } = await import("@testing-library/dom");
  configure({ asyncUtilTimeout: WAIT_MS });
}
