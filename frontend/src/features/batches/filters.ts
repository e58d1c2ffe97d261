/** What a list of batches is narrowed to. */

import type { Plant } from "../../contract/plant.ts";
import { readMachineId } from "../../contract/topics.ts";
import { type Group, groupOf } from "../../preview/index.ts";
import type { Summary } from "../../session/batches.ts";

/** The machine that is meant: `402`, `m402`, `M:402`, its name. What names no machine is asked for as it stands. */
export function machineKeyOf(text: string, plant: Plant): string {
  const wanted = text.trim();
  const id = readMachineId(wanted)?.id ?? wanted;
  const lower = wanted.toLowerCase();
  const found = [...plant.machines.values()].find(
    (machine) => machine.id === id || machine.key === wanted || machine.name.toLowerCase() === lower,
  );
  return found?.key ?? id.replace(":", "_");
}

/** Whether any of its targets ended so. */
export function hasGroup({ counts }: Summary, group: Group): boolean {
  return Object.entries(counts).some(([outcome, count]) => count > 0 && groupOf(outcome) === group);
}
