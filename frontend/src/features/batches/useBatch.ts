/** One batch. It is fetched at first, and again whenever one of its outcomes arrives. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { groupOf } from "../../preview/index.ts";
import { problemOf } from "../../queries.ts";
import { fetchBatch, type Story } from "../../session/batches.ts";
import { useSession } from "../../session/context.tsx";

/** The stream has every outcome; this interval is for other changes, such as a second person's refusal. */
const READ_AGAIN_MS = 5_000;
/** Several outcomes come at once: one request for all of them. */
const GATHER_MS = 100;

/** An unknown outcome of a batch that is over may still be settled by what the machine reports later. */
const isOpen = ({ status }: Story, { outcome }: Story["results"][number]) =>
  status !== "done" || groupOf(outcome) === "unknown";

export function useBatch(txId: string, isEnabled = true): { story: Story | null; problem: string | null } {
  const session = useSession();
  const query = useQuery({
    queryKey: ["batch", txId],
    queryFn: ({ signal }) => fetchBatch(session.api, txId, signal),
    enabled: isEnabled,
    refetchInterval: ({ state }) => (state.data?.status === "done" ? false : READ_AGAIN_MS),
  });
  const { data: story, refetch } = query;
  const machines = useMemo(
    () => new Set(story?.results.filter((each) => isOpen(story, each)).map(({ machine }) => machine)),
    [story],
  );
  const lines = new Set([...machines].flatMap((key) => session.plant.machines.get(key)?.line ?? []));
  useTopics([...lines].sort().map((line) => `line:${line}`));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = session.onChanges((changed) => {
      const { recent } = session.store.core.server;
      const isNews = (key: string) => recent.get(key)?.some(({ outcome }) => outcome.txId === txId);
      if (!changed.some((key) => machines.has(key) && isNews(key))) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void refetch();
      }, GATHER_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [session, txId, machines, refetch]);
  return { story: story ?? null, problem: problemOf(query) };
}
