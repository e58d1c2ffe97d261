/** The values of a chart's signals: read from the server, joined with live values. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { problemOf, useRefetchOn } from "../../queries.ts";
import { useSession } from "../../session/context.tsx";
import { onTick } from "../../session/ticker.ts";
import { fetchHistory, type HistoryAnswer } from "./fetchHistory.ts";
import { type LiveSample, type Plot, plotOf, withLive } from "./plot.ts";
import { DAY_S, endsOf, type TrendView, YESTERDAY } from "./trendView.ts";

/** A chart that is being dragged or resized asks when it has stopped. */
const ASK_AFTER_MS = 150;
/** A live chart reads again after this share of its time, but at most every 15 s. */
const AGAIN_SHARE = 1 / 60;
const AGAIN_LEAST_S = 15;
const MOST_LIVE = 4_000;
const NO_CONTACT: readonly unknown[] = ["STALE", "OFFLINE", "NEVER_SEEN"];

export interface HistoryState {
  readonly plot: Plot | null;
  readonly answer: HistoryAnswer | null;
  readonly from: number;
  readonly to: number;
  readonly problem: string | null;
  readonly isReading: boolean;
}

interface Answers {
  readonly answer: HistoryAnswer;
  readonly before: HistoryAnswer | null;
}

/** `news` is a new object whenever there is a reason to fetch again, such as an outcome. */
export function useHistory(
  signals: readonly string[],
  view: TrendView,
  width: number,
  news: unknown,
): HistoryState {
  const session = useSession();
  const { span, versus } = view;
  const [now, setNow] = useState(() => session.serverTime());
  const names = signals.join(",");
  const isLive = span.kind === "live";
  const again = isLive ? Math.max(AGAIN_LEAST_S, span.seconds * AGAIN_SHARE) * 1000 : false;
  const key = `${names} ${isLive ? `live ${span.seconds}` : `${span.from} ${span.to}`} ${versus} ${width}`;
  const settledKey = useSettled(key, ASK_AFTER_MS);
  const query = useQuery({
    queryKey: ["history", key],
    enabled: settledKey === key,
    queryFn: async ({ signal }): Promise<Answers> => {
      const { from, to } = endsOf(span, session.serverTime());
      const question = { signals, from, to, width };
      const yesterday = { ...question, from: from - DAY_S, to: to - DAY_S };
      const [answer, before] = await Promise.all([
        fetchHistory(session.api, question, signal),
        versus === YESTERDAY ? fetchHistory(session.api, yesterday, signal) : null,
      ]);
      return { answer, before };
    },
    refetchInterval: again,
    refetchIntervalInBackground: true,
    structuralSharing: false, // comparing long arrays takes time, and they are rarely equal
    gcTime: 0,
  });
  const { data } = query;
  const [answers, setAnswers] = useState<Answers | null>(null);
  // What was read last stays while another time is read, or cannot be read.
  useEffect(() => {
    if (data) setAnswers(data);
  }, [data]);
  useRefetchOn(news, query);
  const samples = useLiveSamples(names, isLive, answers?.answer.until ?? 0);
  useEffect(() => (isLive ? onTick(() => setNow(session.serverTime())) : undefined), [session, isLive]);

  const base = useMemo(() => answers && plotOf(answers.answer, answers.before), [answers]);
  const { from, to } = endsOf(span, now);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `now` moves when samples may have come.
  const plot = useMemo(
    () => (base && answers && isLive ? withLive(base, samples.current, answers.answer.until) : base),
    [base, answers, isLive, now],
  );
  return {
    plot,
    answer: answers?.answer ?? null,
    from,
    to,
    problem: problemOf(query),
    isReading: query.isFetching || settledKey !== key,
  };
}

/** The value, once it has not changed for so long; null before the first. */
function useSettled(value: string, ms: number): string | null {
  const [settled, setSettled] = useState<string | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** What the machines of a live chart have reported since the last answer, which ends at `until`. */
function useLiveSamples(names: string, isLive: boolean, until: number): { readonly current: LiveSample[] } {
  const session = useSession();
  const samples = useRef<LiveSample[]>([]);
  useEffect(() => {
    samples.current = samples.current.filter((sample) => sample.at > until);
  }, [until]);
  useEffect(() => {
    if (!isLive) return;
    const machines = new Set(names.split(",").map((name) => name.split(".")[0] ?? ""));
    const offs = [...machines].map((machine) =>
      session.onMachine(machine, () => {
        const sample = sampleOf(
          session.store.core.server.machines.get(machine),
          machine,
          session.serverTime(),
        );
        if (sample) samples.current.push(sample);
        if (samples.current.length > MOST_LIVE) samples.current.splice(0, MOST_LIVE / 4);
      }),
    );
    return () => {
      for (const off of offs) off();
    };
  }, [session, names, isLive]);
  return samples;
}

/** The numbers that a machine reports now; none where contact was lost. */
function sampleOf(
  record: Readonly<Record<string, unknown>> | undefined,
  machine: string,
  at: number,
): LiveSample | null {
  if (!record) return null;
  const hasContact = !NO_CONTACT.includes(record.quality);
  const values: Record<string, number | null> = {};
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === "number") values[name] = hasContact ? value : null;
    else if (value === null) values[name] = null;
  }
  return { at, machine, values };
}
