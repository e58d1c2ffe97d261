/** State for a whole page: the person, the connection, and what needs attention. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import type { User } from "../contract/index.ts";
import type { AttentionState } from "../session/attention.ts";
import type { Concerns } from "../session/concerns.ts";
import type { Condition } from "../session/conditions.ts";
import type { ConnectionNow } from "../session/connection.ts";
import { useSession } from "../session/context.tsx";
import type { Hold } from "../session/hold.ts";
import { useMachineStore } from "../store/machine/index.ts";
import { useFreshness, useLiveSocket } from "./useLiveSocket.ts";

export interface Connection extends ConnectionNow {
  readonly doubtfulMachines: number;
}

/** The state of the connection, and the number of machines whose values may be out of date. */
export function useConnection(): Connection {
  const connection = useLiveSocket();
  const doubtfulMachines = useMachineStore((state) => state.doubtful.size);
  return useMemo(() => ({ ...connection, doubtfulMachines }), [connection, doubtfulMachines]);
}

/** Who is signed in, as the server's greeting says; null before it. */
export function useMe(): User | null {
  return useMachineStore((state) => state.user);
}

/** Why nothing can be committed now; renders again when that changes. */
export function useHold(): Hold | null {
  const session = useSession();
  return useSyncExternalStore(session.connection.subscribe, () => session.hold());
}

/**
 * Whether what the topic says is live. The connection to a gateway may be well while the gateway itself hears nothing
 * of the plant (HB-3).
 */
export function useIsLive(topic: string): boolean {
  const isHeld = useHold() !== null;
  return !useFreshness(topic).isStale && !isHeld;
}

export function useAttention(): AttentionState {
  return useStore(useSession().attention.state);
}

/** The machines that need attention, the most serious first. */
export function useConcerns(): Concerns {
  return useStore(useSession().attention.state, (state) => state.concerns);
}

/** The machines of a line as an overview shows them; renders again only when one of them changes its condition. */
export function useConditions(line: string): readonly Condition[] {
  const { conditions } = useSession().attention;
  const subscribe = useCallback(
    (listener: () => void) => conditions.subscribe(line, listener),
    [conditions, line],
  );
  return useSyncExternalStore(subscribe, () => conditions.of(line));
}
