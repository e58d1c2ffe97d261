/**
 * Reads the id column: one machine, or a list or a range of them (ID-2).
 * Twin of `src/setpoint/core/ingest/machines.py`.
 *
 *     m:402, M:402, 402            one machine
 *     401; 402, m:403              a list, parted by semicolons, commas or line breaks
 *     m:401-m:403, 401-403         a range: every machine of the plant from the one to the other, both included
 *
 * Leading zeros count: a range from `007` has only machines with three digits. Both ends of a range must be machines of
 * the plant.
 */
import { fold, readMachineId } from "../contract/topics.ts";
import type { Cell } from "./cells.ts";

/** As many machines may one cell name. */
const MAX_MACHINES = 1_000;
const ONE = "(?:m *[:_-]? *)?([0-9]{1,12})";
const RANGE = new RegExp(`^${ONE} *(?:-|\\.\\.|…) *${ONE}$`);
const MAX_TEXT = 8_000;

interface Numbered {
  readonly number: number;
  readonly digits: string;
  readonly key: string;
}

/** The machines of a plant, by their entity keys and by the ids that a workbook may give. */
export class MachineNames {
  readonly known: ReadonlyMap<Cell, string>;
  #byNumber: Numbered[] | null = null;

  /** `keys` are well formed: no need to ask `machineId` a hundred thousand times. */
  constructor(keys: readonly string[]) {
    this.known = new Map(keys.map((key) => [key.replace("_", ":"), key]));
  }

  /** The keys in a list or a range; the id of one that is no machine of the plant; null for neither of them. */
  several(text: string): string[] | string | null {
    if (Array.from(text).length > MAX_TEXT) return null;
    const parts = fold(text)
      .toLowerCase()
      .split(/[;,\n]+/)
      .map(fold)
      .filter(Boolean);
    if (!parts.length || (parts.length === 1 && !RANGE.test(parts[0] ?? ""))) return null;
    const keys = new Set<string>();
    for (const part of parts) {
      const found = this.#oneOrRange(part);
      if (!Array.isArray(found)) return found;
      for (const key of found) keys.add(key);
      if (keys.size > MAX_MACHINES) return null;
    }
    return [...keys];
  }

  #oneOrRange(part: string): string[] | string | null {
    const one = readMachineId(part);
    if (one) {
      const key = this.known.get(one.id);
      return key === undefined ? one.id : [key];
    }
    const [, first = "", last = ""] = RANGE.exec(part) ?? [];
    if (!first) return null;
    for (const digits of [first, last]) {
      if (!this.known.has(`m:${digits}`)) return `m:${digits}`;
    }
    const [low, high] = [Number(first), Number(last)];
    const isPadded = [first, last].some((digits) => digits.startsWith("0") && digits.length > 1);
    if (low > high || (isPadded && first.length !== last.length)) return null;
    return this.#numbered()
      .filter(({ number }) => low <= number && number <= high)
      .filter(({ digits }) =>
        isPadded ? digits.length === first.length : !digits.startsWith("0") || digits === "0",
      )
      .map(({ key }) => key);
  }

  #numbered(): Numbered[] {
    this.#byNumber ??= [...this.known.values()]
      .map((key) => ({ number: Number(key.slice(2)), digits: key.slice(2), key }))
      .sort((one, other) => one.number - other.number || (one.digits < other.digits ? -1 : 1));
    return this.#byNumber;
  }
}
