/** The board's cache of HTTP answers: a cached answer is shown at once and refreshed in the background. */
import { QueryClient, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { messageOf } from "./api.ts";

/** Failed requests are not repeated automatically: the page shows a lost connection, and a person can try again. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false, networkMode: "always" } },
  });
}

/** Why the last attempt failed, for people; null if it did not. */
export function problemOf({ error }: Pick<UseQueryResult, "error">): string | null {
  return error ? messageOf(error) : null;
}

type Refetched = Pick<UseQueryResult, "refetch" | "isLoading">;

/**
 * Fetches again `afterMs` after `news` has become another object, and once more if it changed again meanwhile. This is
 * for data that the server stores a little later than it announces it. While the first answer is on its way, a query
 * cannot be asked again, so this waits for that answer.
 */
export function useRefetchAfter(afterMs: number, news: unknown, { refetch, isLoading }: Refetched): void {
  const last = useRef(news);
  const timer = useRef(0);
  const isFirst = useRef(isLoading);
  isFirst.current = isLoading;
  useEffect(() => {
    if (last.current === news) return;
    last.current = news;
    if (timer.current) return;
    const refetchFor = (newest: unknown) => {
      timer.current = 0;
      if (isFirst.current) return wait();
      void refetch();
      if (last.current !== newest) wait();
    };
    const wait = () => {
      const newest = last.current;
      timer.current = window.setTimeout(() => refetchFor(newest), afterMs);
    };
    wait();
  }, [news, refetch, afterMs]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
}

/**
 * Fetches again when `news` is a new object. While the first answer is on its way, a query cannot be asked again, and
 * the answer may be older than the news; so this waits for that answer.
 */
export function useRefetchOn(news: unknown, { refetch, isLoading }: Refetched): void {
  const last = useRef(news);
  useEffect(() => {
    if (last.current === news || isLoading) return;
    last.current = news;
    void refetch();
  }, [news, refetch, isLoading]);
}
