/** The values of a chart's signals: fetched from the server, joined with live values. */
import { useEffect, useMemo, useRef, useState } from "react";
import { messageOf } from "../../api.ts";
import { useSession } from "../../session/context.tsx";
import { fetchHistory, type HistoryAnswer } from "./fetchHistory.ts";
import { type LiveSample, type Plot, plotOf, withLive } from "./plot.ts";
import { DAY_S, endsOf, type TrendView, YESTERDAY } from "./trendView.ts";

const ASK_AFTER_MS = 150;
const DRAW_EVERY_MS = 500;
/** A live chart fetches again after this share of its time, but at most every 15 s. */
const AGAIN_SHARE = 1 / 60;
const AGAIN_LEAST_S = 15;
const MOST_LIVE = 4_000;
const NO_CONTACT: readonly unknown[] = ["STALE", "OFFLINE", "NEVER_SEEN"];

export interface ShownHistory {
  readonly plot: Plot | null;
  readonly answer: HistoryAnswer | null;
  readonly from: number;
  readonly to: number;
  readonly problem: string | null;
  readonly isAsking: boolean;
}

interface Asked {
  readonly answer: HistoryAnswer;
  readonly before: HistoryAnswer | null;
}

/** `news` is a new object whenever there is a reason to fetch again, such as an outcome. */
export function useHistory(
  signals: readonly string[],
  view: TrendView,
  width: number,
  news: unknown,
): ShownHistory {
  const session = useSession();
  const { span, versus } = view;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(true);
  const [now, setNow] = useState(() => session.serverTime());
  const samples = useRef<LiveSample[]>([]);
  const names = signals.join(",");
  const isLive = span.kind === "live";
  const again = isLive ? Math.max(AGAIN_LEAST_S, span.seconds * AGAIN_SHARE) : 0;
  const key = isLive ? `live ${span.seconds}` : `${span.from} ${span.to}`;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` and `key` say all that matters of signals and span; `news` is why to ask again.
  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      setAsking(true);
      const { from, to } = endsOf(span, session.serverTime());
      const question = { signals, from, to, width };
      try {
        const [answer, before] = await Promise.all([
          fetchHistory(session.api, question, abort.signal),
          versus === YESTERDAY
            ? fetchHistory(session.api, { ...question, from: from - DAY_S, to: to - DAY_S }, abort.signal)
            : null,
        ]);
        samples.current = samples.current.filter((sample) => sample.at > answer.until);
        setAsked({ answer, before });
        setProblem(null);
      } catch (error) {
        if (abort.signal.aborted) return;
        setProblem(messageOf(error));
      }
      setAsking(false);
      if (again > 0) timer = setTimeout(ask, again * 1000);
    };
    timer = setTimeout(ask, ASK_AFTER_MS);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [session, names, key, versus, width, news]);

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
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") setNow(session.serverTime());
    }, DRAW_EVERY_MS);
    return () => {
      for (const off of offs) off();
      clearInterval(timer);
    };
  }, [session, names, isLive]);

  const base = useMemo(() => asked && plotOf(asked.answer, asked.before), [asked]);
  const { from, to } = endsOf(span, now);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `now` moves when samples may have come.
  const plot = useMemo(
    () => base && asked && (isLive ? withLive(base, samples.current, asked.answer.until) : base),
    [base, asked, isLive, now],
  );
  return { plot, answer: asked?.answer ?? null, from, to, problem, isAsking };
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
