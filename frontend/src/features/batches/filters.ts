/** The filters of a list of batches. */

import type { Plant } from "../../contract/plant.ts";
import { readMachineId } from "../../contract/topics.ts";
import { type Group, groupOf } from "../../preview/index.ts";
import type { Summary } from "../../session/batches.ts";

/** The machine that a text names: `402`, `m402`, `M:402`, its name. Any other text is sent unchanged. */
export function machineKeyOf(text: string, plant: Plant): string {
  const wanted = text.trim();
  const id = readMachineId(wanted)?.id ?? wanted;
  const lower = wanted.toLowerCase();
  const found = [...plant.machines.values()].find(
    (machine) => machine.id === id || machine.key === wanted || machine.name.toLowerCase() === lower,
  );
  return found?.key ?? id.replace(":", "_");
}

/** The outcome that at least one target must have. */
export function hasGroup({ counts }: Summary, group: Group): boolean {
  return Object.entries(counts).some(([outcome, count]) => count > 0 && groupOf(outcome) === group);
}
