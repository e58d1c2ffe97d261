/** Machines' states over a time, from the history, read again every half minute. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { problemOf } from "../../queries.ts";
import { useSession } from "../../session/context.tsx";
import { fetchHistory } from "../trends/fetchHistory.ts";
import { type Stretch, stretchesOf } from "./ribbon.ts";

const AGAIN_MS = 30_000;
/** The largest number of signals in one answer. */
const AT_ONCE = 200;

/** A number of seconds up to now, or a fixed time in Unix seconds. */
export type Span = { readonly last: number } | { readonly since: number; readonly until: number };

export interface States {
  readonly stretches: ReadonlyMap<string, readonly Stretch[]>;
  readonly since: number;
  readonly until: number;
}

export function useStates(
  machines: readonly string[],
  span: Span,
): { states: States | null; problem: string | null } {
  const session = useSession();
  const query = useQuery({
    queryKey: ["states", machines, span],
    queryFn: async ({ signal }) => {
      const now = session.serverTime();
      const from = "last" in span ? now - span.last : span.since;
      const to = "last" in span ? now : Math.min(span.until, now);
      const parts = await Promise.all(
        partsOf(machines).map((part) => {
          const signals = part.map((machine) => `${machine}.status`);
          return fetchHistory(session.api, { signals, from, to, width: 1 }, signal);
        }),
      );
      const { since, until } = parts[0] ?? { since: from, until: to };
      return { since, until, states: parts.flatMap(({ states }) => states) };
    },
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  const { data } = query;
  const states = useMemo(
    () => data && { ...data, stretches: stretchesOf(machines, data.states, data.since, data.until) },
    [data, machines],
  );
  return { states: states ?? null, problem: problemOf(query) };
}

function partsOf(machines: readonly string[]): string[][] {
  const count = Math.ceil(machines.length / AT_ONCE);
  return Array.from({ length: count }, (_, at) => machines.slice(at * AT_ONCE, (at + 1) * AT_ONCE));
}
