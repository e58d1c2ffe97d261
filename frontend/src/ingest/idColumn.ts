/**
 * Reads a cell of the id column into the machines of its row, or into the reason why there are none (ID-2).
 * Twin of `src/setpoint/core/ingest/id_column.py`.
 */
import type { MessageArgs } from "../contract/message.ts";
import { fold } from "../contract/topics.ts";
import { type Refusal, unreadable } from "./cast.ts";
import { type Cell, cut, numberText, quoted } from "./cells.ts";
import type { MachineNames } from "./machines.ts";

/**
 * The machines by their entity keys, with the arguments of the warning `id_read_as` if the cell has another form of
 * their ids; or the refusal.
 */
type Machines = { readonly machines: readonly string[]; readonly warning: MessageArgs | null } | Refusal;

/** The machines that a cell names. Never throws. */
export function readIds(cell: Cell, names: MachineNames): Machines {
  const key = names.known.get(cell);
  if (key !== undefined) return { machines: [key], warning: null };
  if (cell === null) return { code: "no_id", args: {} };
  if (typeof cell === "object") {
    if (cell.t === "shown" && cell.w && typeof cell.v === "number") return shown(cell.v, cell.w, names);
    return unreadable(cell, { code: "wants-machine" });
  }
  const found = names.read(cell);
  if (found && !("id" in found)) {
    const [one, other] = found;
    return { code: "ambiguous_id", args: { text: cut(fold(String(cell))), one, other } };
  }
  if (found) {
    const machine = names.known.get(found.id);
    if (machine === undefined) return unknown(found.id);
    return { machines: [machine], warning: found.isExact ? null : written(cell, [machine], names) };
  }
  const several = typeof cell === "string" ? severalIn(cell, names) : null;
  if (several) return several;
  const value = typeof cell === "string" ? quoted(fold(cell)) : plainText(cell);
  return { code: "bad_id", args: { value } };
}

/** The machines of a list or a range; null for neither of them. */
function severalIn(cell: string, names: MachineNames): Machines | null {
  const machines = names.several(cell);
  if (typeof machines === "string") return unknown(machines);
  if (machines === null) return null;
  const one = names.asThousands(cell);
  if (one !== null) {
    return { code: "ambiguous_id", args: { text: cut(cell), one, other: names.listed(machines) } };
  }
  return { machines, warning: written(cell, machines, names) };
}

/** A number that is shown as another id: what people see counts, if there is such a machine. */
function shown(number: number, digits: string, names: MachineNames): Machines {
  const plain = numberText(number);
  // A number with letters is another name, not the number with other digits.
  for (const each of /^-?[0-9]+(?:\.0+)?$/.test(digits) ? [digits, plain] : [digits]) {
    const found = names.read(each);
    const machine = found && "id" in found ? names.known.get(found.id) : undefined;
    if (machine !== undefined) {
      const warning = { as: "shown", from: plain, digits, machines: names.listed([machine]) };
      return { machines: [machine], warning };
    }
  }
  const seen = names.read(digits);
  return unknown(seen && "id" in seen ? seen.id : `m:${digits}`);
}

function written(
  cell: string | number | boolean,
  machines: readonly string[],
  names: MachineNames,
): MessageArgs {
  const from = typeof cell === "string" ? quoted(cell) : numberText(Number(cell));
  return { as: "written", from, machines: names.listed(machines) };
}

function unknown(machine: string): Refusal {
  return { code: "unknown_machine", args: { machine } };
}

function plainText(cell: number | boolean): string {
  return typeof cell === "number" ? numberText(cell) : cell ? "TRUE" : "FALSE";
}
