/** The board's cache of HTTP answers: a cached answer is shown at once and refreshed in the background. */
import { QueryClient, type UseQueryResult } from "@tanstack/react-query";
import { messageOf } from "./api.ts";

/** Nothing is asked a second time by itself: the connection has its own words, and a person can ask again. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, networkMode: "always" } },
  });
}

/** Why the last attempt failed, for people; null if it did not. */
export function problemOf({ error }: Pick<UseQueryResult, "error">): string | null {
  return error ? messageOf(error) : null;
}
