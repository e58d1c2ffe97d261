/** A list that the server gives page by page, newest first. */
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { problemOf } from "../../queries.ts";

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor?: string | null | undefined;
}

interface Pages<Item> {
  /** Null until the first page was read. */
  readonly items: readonly Item[] | null;
  readonly problem: string | null;
  /** Reads the next page; null if there is none. */
  readonly more: (() => void) | null;
  readonly isReading: boolean;
}

/**
 * `key` identifies the list; `read` reads the page of a cursor, or the first page. With `everyMs` the pages on screen
 * are read again at that interval.
 */
export function usePages<Item>(
  key: readonly string[],
  read: (cursor: string, signal: AbortSignal) => Promise<Page<Item>>,
  everyMs?: number,
): Pages<Item> {
  const pages = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: "",
    getNextPageParam: ({ nextCursor }) => nextCursor || null,
    placeholderData: keepPreviousData,
    refetchInterval: everyMs ?? false,
  });
  return {
    items: pages.data?.pages.flatMap(({ items }) => items) ?? null,
    problem: problemOf(pages),
    more: pages.hasNextPage ? () => void pages.fetchNextPage() : null,
    isReading: pages.isFetching,
  };
}
