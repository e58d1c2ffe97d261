/**
 * One plant on one page: its connection, its store, its clock, and its open commits.
 *
 * The store decides what people see, the link what is live; this class carries out their effects. Components reach it
 * through the context (`SetpointProvider`); a page may have several.
 */
import type { Plant } from "../contract/plant.ts";
import type { Known } from "../preview/index.ts";
import {
  createMachineStore,
  type Event,
  type MachineStore,
  type MachineView,
  type Notice,
  type Transaction,
} from "../store/machine/index.ts";
import { Api } from "./api.ts";
import { Attention } from "./attention.ts";
import { Commits } from "./commits.ts";
import { LiveSocket, openLive, type SocketLike } from "./connection.ts";
import { type Hold, linkHoldOf } from "./hold.ts";

/** The settings of a session. */
export interface SessionOptions {
  readonly plant: Plant;
  /** The server; by default the one that served the page. */
  readonly api?: Api;
  /** Whether the page listens while it is hidden, as a wall does. */
  readonly isKiosk?: boolean;
  /** Called once for each target that ends; its `kind` says how, also of one that was applied (`reconciled`). */
  readonly onNotice?: (notice: Notice, session: Session) => void;
  /** Called when the server sends another `hello`: read the plant again (PLANT-1). */
  readonly onAgain?: () => void;
  /** Opens the WebSocket; for tests. */
  readonly open?: () => SocketLike;
}

const NO_REVS: Readonly<Record<string, number>> = {};

/** One page's connection, store and commits. */
export class Session {
  readonly api: Api;
  readonly store: MachineStore;
  readonly connection: LiveSocket;
  readonly attention: Attention;
  readonly commits: Commits;
  readonly #onNotice: ((notice: Notice, session: Session) => void) | undefined;
  readonly #changeListeners = new Set<(machines: readonly string[]) => void>();
  #plant: Plant;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Opens the connection at once; `close` ends it. */
  constructor({ plant, api = new Api(), isKiosk = false, onNotice, onAgain, open }: SessionOptions) {
    this.#plant = plant;
    this.api = api;
    this.#onNotice = onNotice;
    this.store = createMachineStore(plant.writable.map((field) => field.name));
    this.attention = new Attention(plant, this.store);
    this.commits = new Commits(this);
    this.connection = new LiveSocket({
      isKiosk,
      deliver: (event) => this.step(event),
      ...(onAgain ? { onAgain } : {}),
      open: open ?? (() => openLive(api.liveUrl())),
    });
  }

  get plant(): Plant {
    return this.#plant;
  }

  /** The plant was read again and has changed; open targets are not affected (PLANT-1). */
  changePlant(plant: Plant): void {
    if (plant === this.#plant) return;
    this.#plant = plant;
    this.store.maySet(plant.writable.map((field) => field.name));
    this.attention.changePlant(plant);
  }

  /** Passes an event of the network, a person or the clock to the store. */
  step(event: Event): void {
    for (const effect of this.store.step(event, performance.now())) {
      switch (effect.type) {
        case "changed":
          this.attention.changed([...effect.machines, ...effect.overview]);
          for (const listener of this.#changeListeners) listener(effect.machines);
          break;
        case "schedule":
          this.#schedule(effect.atMs);
          break;
        case "askBatch":
          void this.commits.askFor(effect.txId);
          break;
        case "notify":
          this.#onNotice?.(effect.notice, this);
      }
    }
    if ("revs" in event && event.revs) this.#reportRevs(event.revs);
  }

  /** Calls back with the machines that look different, and with machines whose revs may have risen. */
  onChanges(listener: (machines: readonly string[]) => void): () => void {
    this.#changeListeners.add(listener);
    return () => this.#changeListeners.delete(listener);
  }

  onMachine(machine: string, listener: () => void): () => void {
    return this.store.subscribeMachine(machine, listener);
  }

  machine(machine: string): MachineView | undefined {
    return this.store.core.view(machine);
  }

  transaction(txId: string): Transaction | undefined {
    return this.store.core.pending.transactions.get(txId);
  }

  /** The revs of a machine's fields as they are shown: the base of a new target (CONF-1). */
  revs(machine: string): Readonly<Record<string, number>> {
    return this.store.core.server.revs.get(machine) ?? NO_REVS;
  }

  /** The server's own values and revs, as a preview needs them. */
  known(): Omit<Known, "change"> {
    const { server } = this.store.core;
    return {
      plant: this.plant,
      record: (machine) => server.machines.get(machine),
      revs: (machine) => server.revs.get(machine),
    };
  }

  /** Why nothing may be committed now, for people; null while the connection is live. */
  hold(): Hold | null {
    return linkHoldOf(this.connection.connection().state);
  }

  /** The server's time in Unix seconds; this computer's until the server's is known. */
  serverTime(): number {
    return this.connection.serverTime() ?? Date.now() / 1000;
  }

  /** The server's time, in Unix seconds, at an instant of `performance.now()`. */
  serverTimeAt(atMs: number): number {
    return this.serverTime() - (performance.now() - atMs) / 1000;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.connection.close();
  }

  #reportRevs(revs: object): void {
    if (this.#changeListeners.size === 0) return;
    const machines = Object.keys(revs);
    if (machines.length) for (const listener of this.#changeListeners) listener(machines);
  }

  #schedule(atMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.step({ type: "expire" }), Math.max(0, atMs - performance.now()) + 1);
  }
}
