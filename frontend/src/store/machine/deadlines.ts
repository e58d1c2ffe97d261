/** Things that are due at an instant, in monotonic milliseconds. Twin of `src/setpoint/core/deadlines.py`. */
interface Due<T> {
  readonly atMs: number;
  readonly what: T;
}

/** Nothing can be removed before its time: the caller checks whether it still matters when it is due. */
export class Deadlines<T> {
  /** Soonest first; entries of the same instant in the order in which they were added. */
  readonly #list: Due<T>[] = [];

  at(atMs: number, what: T): void {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#list[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    this.#list.splice(low, 0, { atMs, what });
  }

  /** Takes out everything that is due by now, the earliest first, including what is added meanwhile. */
  *due(nowMs: number): Generator<T> {
    for (let due = this.#list[0]; due && due.atMs <= nowMs; due = this.#list[0]) {
      this.#list.shift();
      yield due.what;
    }
  }

  /** The soonest instant; null if there is nothing. */
  nextMs(): number | null {
    return this.#list[0]?.atMs ?? null;
  }
}
