// @vitest-environment happy-dom
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { newQueryClient, useRefetchAfter, useRefetchOn } from "./queries.ts";

const BEFORE = {};
const NEWS = {};

/** A server whose answers come when the test says so. */
function slowServer() {
  const waiting: ((answer: string) => void)[] = [];
  const ask = () => new Promise<string>((resolve) => waiting.push(resolve));
  return { waiting, ask };
}

function Page({ ask, news, afterMs }: { ask: () => Promise<string>; news: object; afterMs: number | null }) {
  const query = useQuery({ queryKey: ["outcome"], queryFn: ask });
  useRefetchOn(afterMs === null ? news : BEFORE, query);
  useRefetchAfter(afterMs ?? 0, afterMs === null ? BEFORE : news, query);
  return <p>{query.data}</p>;
}

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test.each([
  ["at once", null],
  ["after a while", 1_000],
])("an answer that was on its way when the news came is requested again, %s", async (_, afterMs) => {
  vi.useFakeTimers();
  const { waiting, ask } = slowServer();
  const client = newQueryClient();
  const page = (news: object) => (
    <QueryClientProvider client={client}>
      <Page ask={ask} news={news} afterMs={afterMs} />
    </QueryClientProvider>
  );
  const { rerender } = render(page(BEFORE));
  rerender(page(NEWS));
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  expect(waiting).toHaveLength(1);
  waiting[0]?.("pending");
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  expect(waiting).toHaveLength(2);
  waiting[1]?.("applied");
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  expect(screen.getByText("applied")).toBeTruthy();
  expect(waiting).toHaveLength(2);
});
