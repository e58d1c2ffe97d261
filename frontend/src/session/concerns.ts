/**
 * Everything that needs attention, in the plant and by line. Updated when a status, a quality or a pending target
 * changes.
 */
import type { Plant } from "../contract/plant.ts";
import type { MachineStore } from "../store/machine/index.ts";
import { byGravity } from "./gravity.ts";

export interface Concern {
  readonly machine: string;
  readonly status: string | null;
  readonly since: number | null;
  /** At `since` the status was seen first; it may have begun earlier (TOPIC-1). */
  readonly sinceSeen: boolean;
  /** The machine was known to have the status already at this time, before a gap in contact (TOPIC-2). */
  readonly sinceEarlier: number | null;
  readonly quality: string | null;
  /** The last contact while the quality is not GOOD. */
  readonly seen: number | null;
  readonly isCritical: boolean;
}

export interface LineCounts {
  readonly critical: number;
  readonly doubtful: number;
  readonly pending: number;
}

export interface Concerns {
  /** The most serious first, then the newest. */
  readonly critical: readonly Concern[];
  readonly doubtful: readonly Concern[];
  readonly pending: readonly string[];
  readonly conflicts: readonly string[];
  readonly byLine: ReadonlyMap<string, LineCounts>;
}

export const NO_CONCERNS: Concerns = {
  critical: [],
  doubtful: [],
  pending: [],
  conflicts: [],
  byLine: new Map(),
};

export function concernsOf(plant: Plant, store: MachineStore, conflicts: Iterable<string>): Concerns {
  const { critical, doubtful, pending } = store.state.getState();
  const about = (machine: string): Concern => {
    const record = store.core.server.machines.get(machine);
    return {
      machine,
      status: typeof record?.status === "string" ? record.status : null,
      since: typeof record?.since === "number" ? record.since : null,
      sinceSeen: record?.sinceSeen === true,
      sinceEarlier: typeof record?.sinceEarlier === "number" ? record.sinceEarlier : null,
      quality: typeof record?.quality === "string" ? record.quality : null,
      seen: typeof record?.seen === "number" ? record.seen : null,
      isCritical: critical.has(machine),
    };
  };
  const byLine = new Map<string, { critical: number; doubtful: number; pending: number }>();
  const count = (machines: Iterable<string>, name: keyof LineCounts) => {
    for (const machine of machines) {
      const line = plant.machines.get(machine)?.line;
      if (line === undefined) continue;
      const counts = byLine.get(line) ?? { critical: 0, doubtful: 0, pending: 0 };
      counts[name] += 1;
      byLine.set(line, counts);
    }
  };
  count(critical, "critical");
  count(doubtful, "doubtful");
  count(pending, "pending");
  return {
    critical: [...critical].map(about).sort(byGravity),
    doubtful: [...doubtful].map(about).sort(byGravity),
    pending: [...pending],
    conflicts: [...conflicts],
    byLine,
  };
}
