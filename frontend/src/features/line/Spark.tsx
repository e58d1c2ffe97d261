/**
 * The last minute of a tile's actual, with its set-point in steps: two paths, drawn once a second past React. It begins
 * with recorded values, if there is a history, and continues with live ones. It is drawn together with the machine's
 * figures, so that the tile is painted once; while nothing arrives, the clock draws it.
 */
import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef } from "react";
import type { Field } from "../../contract/plant.ts";
import { useSession } from "../../session/context.tsx";
import { onTick } from "../../session/ticker.ts";
import { emptyMinute, fill, HEIGHT, pathsOf, push, SECONDS } from "./sparkPath.ts";

/** The most machines in one request. The sparklines of other machines load when they come into view. */
const MOST_RECORDED = 100;

interface Recorded {
  /** Unix seconds. */
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
}
const NOTHING: ReadonlyMap<string, Recorded> = new Map();
const RecordedContext = createContext(NOTHING);

interface SparkSeedsProps {
  machines: readonly string[];
  actual: Field | null;
  children: ReactNode;
}

/** Asks the history for the last minute of the machines, once. */
export function SparkSeeds({ machines, actual, children }: SparkSeedsProps) {
  const session = useSession();
  const signals = useMemo(
    () => (actual?.type === "number" ? machines.map((machine) => `${machine}.${actual.name}`) : []),
    [machines, actual],
  );
  const { data } = useQuery({
    queryKey: ["sparks", signals],
    queryFn: async ({ signal }) => {
      const { fetchHistory } = await import("../trends/fetchHistory.ts");
      const to = session.serverTime();
      const answer = await fetchHistory(
        session.api,
        { signals, from: to - SECONDS, to, width: SECONDS },
        signal,
      );
      return new Map(
        answer.signals.map(({ machine, at, mean = [] }) => [machine, { at, values: mean }] as const),
      );
    },
    enabled: signals.length > 0 && signals.length <= MOST_RECORDED,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return <RecordedContext value={data ?? NOTHING}>{children}</RecordedContext>;
}

/** The current second of the monotonic clock, which nobody can set. */
const second = () => Math.floor(performance.now() / 1000);

interface SparkProps {
  machine: string;
  actual: Field;
  setPoint: Field | null;
}

export function Spark({ machine, actual, setPoint }: SparkProps) {
  const session = useSession();
  const recorded = useContext(RecordedContext).get(machine);
  const minutes = useRef({ machine, actual: emptyMinute(), setPoint: emptyMinute() });
  const line = useRef<SVGPathElement>(null);
  const goal = useRef<SVGPathElement>(null);
  useEffect(() => {
    if (minutes.current.machine !== machine)
      minutes.current = { machine, actual: emptyMinute(), setPoint: emptyMinute() };
    if (recorded) fill(minutes.current.actual, recorded.at, recorded.values, session.serverTime());
    const range = (actual.maximum ?? setPoint?.maximum ?? 0) - (actual.minimum ?? 0);
    let drawn = second();
    let last: readonly (string | null)[] = [null, null];
    const draw = (until: number) => {
      const passed = until - drawn;
      if (passed <= 0) return;
      drawn = until;
      const record = session.store.core.server.machines.get(machine);
      const isLive = record?.quality === "GOOD" && session.hold() === null;
      push(minutes.current.actual, isLive ? record[actual.name] : null, passed);
      push(minutes.current.setPoint, isLive && setPoint ? record[setPoint.name] : null, passed);
      const paths = pathsOf(minutes.current.actual, minutes.current.setPoint, range);
      if (paths[0] !== last[0]) line.current?.setAttribute("d", paths[0]);
      if (paths[1] !== last[1]) goal.current?.setAttribute("d", paths[1]);
      last = paths;
    };
    const stops = [session.onMachine(machine, () => draw(second())), onTick(() => draw(second() - 1))];
    return () => {
      for (const stop of stops) stop();
    };
  }, [session, machine, actual, setPoint, recorded]);
  return (
    <span className="spark">
      <svg
        className="own-layout"
        viewBox={`0 0 ${SECONDS - 1} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path ref={goal} className="spark-goal" />
        <path ref={line} className="spark-line" />
      </svg>
    </span>
  );
}
