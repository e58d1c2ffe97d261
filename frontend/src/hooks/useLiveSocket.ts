/**
 * The connection for components: topics while a component is mounted, and whether their values are live.
 *
 * All components of a session share one WebSocket, which counts the components for each topic.
 */
import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { ConnectionNow, Freshness } from "../session/connection.ts";
import { useSession } from "../session/context.tsx";

const NOTHING: readonly string[] = [];

/** Subscribes to `topics` while the component is mounted. Returns the connection's state. */
export function useLiveSocket(topics: readonly string[] = NOTHING): ConnectionNow {
  useTopics(topics);
  const { connection } = useSession();
  return useSyncExternalStore(connection.subscribe, connection.connection);
}

/** Only subscribes; does not render again when the connection changes. */
export function useTopics(topics: readonly string[]): void {
  const { connection } = useSession();
  const names = topics.join("\n");
  useEffect(() => {
    const releases = names ? names.split("\n").map(connection.want) : [];
    return () => {
      for (const release of releases) release();
    };
  }, [connection, names]);
}

/** Whether a topic's values are live, and when it last had data (SEQ-2, HB-3). */
export function useFreshness(topic: string): Freshness {
  const { connection } = useSession();
  const look = useCallback(() => connection.freshness(topic), [connection, topic]);
  return useSyncExternalStore(connection.subscribe, look);
}
