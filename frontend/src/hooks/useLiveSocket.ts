/**
 * The connection for components: topics for as long as one is mounted, and what may be believed of them.
 *
 * All components of a page share one `LiveSocket`; it counts who wants what.
 */
import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { ConnectionNow, Freshness, LiveSocket } from "../session/connection.ts";

const NOTHING: readonly string[] = [];

/** Listens to `topics` while the component is there (give the same array until they change), and tells the state. */
export function useLiveSocket(socket: LiveSocket, topics: readonly string[] = NOTHING): ConnectionNow {
  useTopics(socket, topics);
  return useSyncExternalStore(socket.subscribe, socket.connection);
}

/** Only listens; renders nothing anew when the connection changes. */
export function useTopics(socket: LiveSocket, topics: readonly string[]): void {
  useEffect(() => {
    const releases = topics.map(socket.want);
    return () => {
      for (const release of releases) release();
    };
  }, [socket, topics]);
}

/** Whether what a topic tells may be taken for live, and when it was last heard of (SEQ-2, HB-3). */
export function useFreshness(socket: LiveSocket, topic: string): Freshness {
  const look = useCallback(() => socket.freshness(topic), [socket, topic]);
  return useSyncExternalStore(socket.subscribe, look);
}
