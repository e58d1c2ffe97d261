/** A machine without its measured numbers: a delta that only moves numbers leaves the object as it was. */
import { type MachineView, SYSTEM_FIELDS } from "./types.ts";

type View = MachineView | undefined;

export class RareViews {
  #fields: readonly string[];
  readonly #view: (machine: string) => View;
  readonly #kept = new Map<string, { view: View; rare: View }>();

  /** `writable`: the names of the fields that can have targets; they change rarely, like the system fields. */
  constructor(writable: readonly string[], view: (machine: string) => View) {
    this.#fields = [...SYSTEM_FIELDS, ...writable];
    this.#view = view;
  }

  /** Other fields can have targets from now on (PLANT-1). */
  maySet(writable: readonly string[]): void {
    this.#fields = [...SYSTEM_FIELDS, ...writable];
  }

  /** The machine as last seen with other rare values. */
  of(machine: string): View {
    const view = this.#view(machine);
    const kept = this.#kept.get(machine);
    if (kept && (kept.view === view || this.#looksSame(kept.rare, view))) {
      kept.view = view;
      return kept.rare;
    }
    this.#kept.set(machine, { view, rare: view });
    return view;
  }

  #looksSame(a: View, b: View): boolean {
    if (!a || !b) return a === b;
    if (!isShallowEqual(a.notices, b.notices)) return false;
    for (const field of this.#fields) if (a.record[field] !== b.record[field]) return false;
    if (a.overlays === b.overlays) return true;
    const names = Object.keys(a.overlays);
    return (
      names.length === Object.keys(b.overlays).length &&
      names.every((name) => isShallowEqual(a.overlays[name], b.overlays[name]))
    );
  }
}

function isShallowEqual(a: object | undefined, b: object | undefined): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Reflect.get(a, name) === Reflect.get(b, name))
  );
}
