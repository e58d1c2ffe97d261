/** The machines that pass the filter named in the address. */

import { useMemo } from "react";
import { useAttention } from "../../hooks/useSession.ts";
import { useSession } from "../../session/context.tsx";
import type { Session } from "../../session/session.ts";
import { getCondition } from "../../store/machine/index.ts";

/** The statuses that occur among the machines, in the order of the alphabet. */
export function useStatuses(machines: readonly string[]): readonly string[] {
  const { attention } = useSession();
  const { statusVersion } = useAttention();
  // biome-ignore lint/correctness/useExhaustiveDependencies: statuses are read from the store; the version rises whenever one changes.
  return useMemo(
    () => [...new Set(machines.map((machine) => attention.status(machine)).filter(Boolean))].sort(),
    [attention, machines, statusVersion],
  );
}

export function useFiltered(machines: readonly string[], filter: string): readonly string[] {
  const session = useSession();
  const { concerns, statusVersion } = useAttention();
  // biome-ignore lint/correctness/useExhaustiveDependencies: statuses are read from the store; the version rises whenever one changes.
  return useMemo(() => {
    if (filter === "") return machines;
    if (filter.startsWith("status:")) {
      const wanted = filter.slice("status:".length);
      return machines.filter((machine) => session.attention.status(machine) === wanted);
    }
    const doubtful = concerns.doubtful.map((concern) => concern.machine);
    const sets: Record<string, readonly string[]> = {
      attention: [...concerns.critical.map((concern) => concern.machine), ...doubtful, ...concerns.conflicts],
      pending: concerns.pending,
      stale: doubtful,
      "not-running": machines.filter((machine) => !runs(session, machine)),
    };
    const members = new Set(sets[filter] ?? machines);
    return machines.filter((machine) => members.has(machine));
  }, [session, machines, filter, concerns, statusVersion]);
}

/** As the server counts it: the machine reports RUNNING and is in contact. */
function runs(session: Session, machine: string): boolean {
  const condition = getCondition(session.store.core.server, machine);
  const { status, quality } = condition ?? {};
  return status === "RUNNING" && quality !== "OFFLINE" && quality !== "NEVER_SEEN";
}
