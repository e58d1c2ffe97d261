/**
 * Reads the id column: one machine, or a list or a range of them (ID-2).
 * Twin of `src/setpoint/core/ingest/machines.py`.
 *
 *     m:402, M:402, 402            one machine
 *     m:A7, a7, m a7               one machine, in a plant whose machines have letters in their names
 *     401; 402, m:403              a list, separated by semicolons, commas or line breaks
 *     m:401-m:403, A1-A9           a range: every machine of the plant from one to the other, both included
 *
 * Leading zeros count: a range from `007` has only machines with three digits. Both ends of a range must be machines of
 * the plant, with the same letters before their numbers.
 */
import type { Message } from "../contract/message.ts";
import { fold, type ReadMachineId, readMachineId } from "../contract/topics.ts";
import { type Cell, several } from "./cells.ts";

/** The largest number of machines that one cell may name. */
const MAX_MACHINES = 1_000;
const NAME = /^[0-9a-z]{1,12}$/;
const PREFIX = /^m *([:_-]?) *(?=[0-9a-z])/;
const ONE = "((?:m *[:_-]? *)?[0-9a-z]{1,12})";
const RANGE = new RegExp(`^${ONE} *(?:-|\\.\\.|…) *${ONE}$`);
const THOUSANDS = /^[1-9][0-9]{0,2}(?:,[0-9]{3})+$/;
const MAX_TEXT = 8_000;

/** A cell that can mean either of two machines. */
export type TwoMachines = readonly [id: string, other: string];

interface Numbered {
  readonly number: number;
  readonly digits: string;
  readonly key: string;
}

interface Parted {
  readonly stem: string;
  readonly digits: string;
}

/** The machines of a plant, by their entity keys and by the ids that a workbook may give. */
export class MachineNames {
  readonly known: ReadonlyMap<Cell, string>;
  #byLowerName: ReadonlyMap<string, string | null> | null = null;
  #byNumber: ReadonlyMap<string, readonly Numbered[]> | null = null;

  /** `keys` are well formed, so that `machineId` need not check a hundred thousand of them. */
  constructor(keys: readonly string[]) {
    this.known = new Map(keys.map((key) => [idOf(key), key]));
  }

  /** The machine that a cell names, known or not; two if the cell can mean either of them; null for neither. */
  read(cell: string | number | boolean): ReadMachineId | TwoMachines | null {
    if (typeof cell === "string" && this.#lowerNames().size > 0) {
      const text = fold(cell);
      if (this.known.has(text)) return { id: text, isExact: true };
      const found = this.#withLetters(text);
      if (found) return found;
    }
    return readMachineId(cell);
  }

  /** Whether a cell names one machine of the plant. */
  isOne(cell: Cell): boolean {
    if (this.known.has(cell)) return true;
    if (cell === null || typeof cell === "object") return false;
    const found = this.read(cell);
    return found !== null && "id" in found && this.known.has(found.id);
  }

  /** `m7` is machine M7 or machine 7, whichever exists. After a mark (`m-7`), only the rest is a name. */
  #withLetters(text: string): ReadMachineId | TwoMachines | null {
    const lower = text.toLowerCase();
    const prefix = PREFIX.exec(lower);
    const rest = prefix ? lower.slice(prefix[0].length) : lower;
    if (!NAME.test(rest)) return null;
    const names = [...new Set([lower, rest])].map((each) => this.#lowerNames().get(each));
    const [whole, other] = names.filter((name) => name !== undefined && name !== null);
    if (whole !== undefined && other !== undefined) return [`m:${whole}`, `m:${other}`];
    if (whole !== undefined) return { id: `m:${whole}`, isExact: false };
    return prefix?.[1] ? { id: `m:${text.slice(-rest.length)}`, isExact: false } : null;
  }

  /**
   * The keys in a list or a range; the id of one that is not a machine of the plant; null for a text that is neither
   * a list nor a range.
   */
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

  /** Machines as a list for people: the first five, and how many more. */
  listed(keys: readonly string[]): readonly (string | Message)[] {
    return several(keys.slice(0, 5).map(idOf), keys.length);
  }

  /** The machine that `1,234` names if its comma separates thousands, and not two machines. */
  asThousands(text: string): string | null {
    const plain = fold(text);
    const machine = `m:${plain.replaceAll(",", "")}`;
    return THOUSANDS.test(plain) && this.known.has(machine) ? machine : null;
  }

  #oneOrRange(part: string): string[] | string | null {
    const one = this.#one(part);
    if (one !== null) {
      const key = this.known.get(one);
      return key === undefined ? one : [key];
    }
    const [, first = "", last = ""] = RANGE.exec(part) ?? [];
    if (!first) return null;
    const ends: Parted[] = [];
    for (const text of [first, last]) {
      const end = this.#one(text);
      if (end === null || !this.known.has(end)) return end;
      ends.push(parted(end));
    }
    return this.#between(ends[0] as Parted, ends[1] as Parted);
  }

  #one(text: string): string | null {
    const found = this.read(text);
    return found !== null && "id" in found ? found.id : null;
  }

  #between(first: Parted, last: Parted): string[] | null {
    const [low, high] = [Number(first.digits), Number(last.digits)];
    const isPadded = [first, last].some(({ digits }) => digits.startsWith("0") && digits.length > 1);
    if (first.stem !== last.stem || !first.digits || !last.digits || low > high) return null;
    if (isPadded && first.digits.length !== last.digits.length) return null;
    return (this.#numbered().get(first.stem) ?? [])
      .filter(({ number }) => low <= number && number <= high)
      .filter(({ digits }) =>
        isPadded ? digits.length === first.digits.length : !digits.startsWith("0") || digits === "0",
      )
      .map(({ key }) => key);
  }

  /** Each name by its lower-case form, null if two differ by nothing else; empty if all names are digits. */
  #lowerNames(): ReadonlyMap<string, string | null> {
    if (this.#byLowerName) return this.#byLowerName;
    const found = new Map<string, string | null>();
    if (haveLetters(this.known.values())) {
      for (const key of this.known.values()) {
        const name = key.slice(2);
        found.set(name.toLowerCase(), found.has(name.toLowerCase()) ? null : name);
      }
    }
    this.#byLowerName = found;
    return found;
  }

  /** By the letters before its number: each machine's number, its digits and its key. */
  #numbered(): ReadonlyMap<string, readonly Numbered[]> {
    if (this.#byNumber) return this.#byNumber;
    const found = new Map<string, Numbered[]>();
    for (const [id, key] of this.known) {
      const { stem, digits } = parted(String(id));
      if (!digits) continue;
      const others = found.get(stem) ?? [];
      others.push({ number: Number(digits), digits, key });
      found.set(stem, others);
    }
    for (const each of found.values()) {
      each.sort((one, other) => one.number - other.number || (one.digits < other.digits ? -1 : 1));
    }
    this.#byNumber = found;
    return found;
  }
}

/** Whether one of these machines, by their entity keys, has a letter in its name. */
export function haveLetters(keys: Iterable<string>): boolean {
  for (const key of keys) if (/[A-Za-z]/.test(key.slice(2))) return true;
  return false;
}

/** `m:A07` → `m:A` and `07`. */
function parted(machine: string): Parted {
  const digits = /[0-9]*$/.exec(machine)?.[0] ?? "";
  return { stem: machine.slice(0, machine.length - digits.length), digits };
}

/** The id of a machine by its entity key. */
export function idOf(key: string): string {
  return key.replace("_", ":");
}
