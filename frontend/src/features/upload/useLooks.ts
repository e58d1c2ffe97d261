/** Updates the preview when machines change. */
import { useEffect, useRef } from "react";
import { useSession } from "../../session/context.tsx";

/**
 * How long a change waits, so that several are handled together. The shorter time is for a preview with machines that
 * have not reported yet.
 */
const LOOK_AGAIN_MS = 250;
const LOOK_SOON_MS = 50;

/**
 * Calls `look` once the rows have been painted, for what changed since they were made. Later it calls `look` with each
 * machine that changed in anything but its measured numbers. Changes soon after each other are passed in one call.
 */
export function useLooks(
  machines: readonly string[],
  look: (changed?: ReadonlySet<string>) => void,
  isEager: boolean,
): void {
  const session = useSession();
  const isSoon = useRef(isEager);
  isSoon.current = isEager;
  useEffect(() => {
    const { store } = session;
    const wanted = new Set(machines);
    const seen = new Map<string, readonly unknown[]>();
    /** The machines to look at; null for all. */
    let news: Set<string> | null = null;
    const isNews = (machine: string) => {
      const now = [store.rare(machine), store.core.server.revs.get(machine)];
      const before = seen.get(machine);
      if (before?.every((each, index) => each === now[index])) return false;
      seen.set(machine, now);
      return true;
    };
    const lookAtNews = () => {
      timer = undefined;
      const changed = news;
      news = new Set();
      look(changed ?? undefined);
    };
    let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(lookAtNews, LOOK_SOON_MS);
    const stop = session.onChanges((changed) => {
      for (const machine of changed) if (wanted.has(machine) && isNews(machine)) news?.add(machine);
      if (news?.size) timer ??= setTimeout(lookAtNews, isSoon.current ? LOOK_SOON_MS : LOOK_AGAIN_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session, machines, look]);
}
