/** Mounts a part of the board with a plant, a live connection and HTTP that the test controls. */
import { QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, vi } from "vitest";
import { api } from "../api.ts";
import { decodeUp, type Record as Values } from "../contract/index.ts";
import { type Plant, plantOf } from "../contract/plant.ts";
import { PlantContext } from "../features/plant/plantContext.ts";
import { clockOf } from "../format/index.ts";
import { newQueryClient } from "../queries.ts";
import type { SocketLike } from "../session/connection.ts";
import { SetpointProvider } from "../session/context.tsx";

export const PLANT = plantOf({
  name: "Test plant",
  timezone: "UTC",
  idColumn: "Machine ID",
  idAliases: [],
  isSimulated: false,
  kpis: [],
  fields: [
    field({ name: "speed", label: "Speed", unit: "rpm", maximum: 3000 }),
    field({
      name: "targetSpeed",
      label: "Target speed",
      unit: "rpm",
      minimum: 0,
      maximum: 3000,
      isWritable: true,
      column: "Target Speed",
      actual: "speed",
    }),
  ],
  lines: [{ id: "01", name: "", mayChange: true, machines: [{ key: "m_401", id: "m:401", name: "" }] }],
});

/** The same plant with one line of these machines. */
export function plantWith(numbers: readonly number[]) {
  const machines = numbers.map((number) => ({ key: `m_${number}`, id: `m:${number}`, name: "" }));
  return plantOf({ ...PLANT, lines: [{ id: "01", name: "", mayChange: true, machines }] });
}

type Field = (typeof PLANT)["fields"][number];

function field(more: Partial<Field> & { name: string }): Field {
  return {
    type: "number",
    label: "",
    unit: "",
    decimals: 0,
    minimum: null,
    maximum: null,
    options: [],
    isWritable: false,
    column: "",
    aliases: [],
    isRequired: false,
    actual: null,
    tolerance: null,
    needsReason: false,
    needsSecondPerson: false,
    ...more,
  };
}

export const RUNNING: Values = {
  status: "RUNNING",
  quality: "GOOD",
  since: 1,
  speed: 1204,
  targetSpeed: 1200,
};

/** A wire that answers every subscription with the records. */
export class Wire implements SocketLike {
  readyState: SocketLike["readyState"] = 1;
  bufferedAmount = 0;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;
  readonly #records: Record<string, Values>;
  readonly #seqs = new Map<string, number>();

  constructor(records: Record<string, Values>) {
    this.#records = records;
  }

  send(text: unknown): void {
    const up = decodeUp(String(text));
    if (up.type !== "subscribe") return;
    const { id, topic } = up;
    this.#seqs.set(topic, 1);
    this.say({ type: "ack", id, topic, seq: 1 });
    const revs = Object.fromEntries(Object.keys(this.#records).map((key) => [key, { targetSpeed: 1 }]));
    const figures = { machines: 1, running: 1, meanSpeed: 1200, parts: 0, availability: 1 };
    const data = { machines: topic === "dashboard:global" ? {} : this.#records, kpis: { [topic]: figures } };
    this.say({ type: "snapshot", topic, epoch: "e", seq: 1, ts: 1, data, revs, tx: [] });
  }

  close(): void {}

  greet(role = "operator", ts = 1): void {
    const user = { name: "anna", role };
    const heartbeat = { pingEveryMs: 5_000, pongWithinMs: 3_000, staleAfterMs: 6_000 };
    this.say({ type: "hello", protocol: 1, epoch: "e", session: "s", ts, user, heartbeat });
  }

  /** `more`: other parts of the delta, such as `tx` and `open`. */
  report(machines: Record<string, Values>, more: object = {}): void {
    act(() => {
      for (const [topic, seq] of this.#seqs) {
        this.#seqs.set(topic, seq + 1);
        this.say({ type: "delta", topic, seq: seq + 1, ts: 2, machines, ...more });
      }
    });
  }

  /** Keeps the connection alive but confirms no topic, as a gateway does without its plant server. */
  confirmNothing(ms: number): void {
    for (let left = ms; left > 0; left -= 1_000) {
      act(() => {
        this.say({ type: "ping", ts: 2, pos: {} });
        vi.advanceTimersByTime(Math.min(left, 1_000));
      });
    }
  }

  end(code = 1006, reason = ""): void {
    act(() => this.onclose?.call(this as unknown as WebSocket, { code, reason } as CloseEvent));
  }

  say(frame: object): void {
    this.onmessage?.call(this as unknown as WebSocket, { data: JSON.stringify(frame) } as MessageEvent);
  }
}

/** The answers over HTTP by path: a body, a refusal with its status, or a function that makes one from the
 * request. */
export type Answers = Readonly<Record<string, unknown>>;

/** A refusal without a kind comes from something between the page and the server. */
export class Refusal {
  readonly status: number;
  readonly detail: string;
  readonly kind: string;

  constructor(status: number, detail: string, kind = "") {
    this.status = status;
    this.detail = detail;
    this.kind = kind;
  }

  response(): Response {
    const { status, detail, kind } = this;
    return Response.json({ type: kind && `/problems/${kind}`, detail }, { status });
  }
}

/** The plant, the person's role, and the server's time in Unix seconds. */
interface Place {
  readonly plant?: Plant;
  readonly role?: string;
  readonly now?: number;
}

export function mount(
  element: ReactNode,
  records: Record<string, Values> = {},
  answers: Answers = {},
  { plant = PLANT, role = "operator", now = 1 }: Place = {},
): Wire {
  vi.stubGlobal("fetch", async (path: string, { body }: RequestInit = {}) => {
    const found = answers[path.split("?")[0] ?? ""];
    const sent: unknown = typeof body === "string" ? JSON.parse(body) : (body ?? null);
    const answer: unknown = typeof found === "function" ? found(sent, path) : found;
    if (answer === undefined) return new Promise(() => {}); // never
    if (answer instanceof Refusal) return answer.response();
    return Response.json(answer);
  });
  const wire = new Wire(records);
  render(
    <QueryClientProvider client={newQueryClient()}>
      <PlantContext value={{ plant, clock: clockOf("UTC") }}>
        <SetpointProvider plant={plant} api={api} open={() => wire}>
          {element}
        </SetpointProvider>
      </PlantContext>
    </QueryClientProvider>,
  );
  act(() => wire.greet(role, now));
  return wire;
}

// There is no layout here, and a table that mounts only its visible rows needs a height to show any.
for (const [name, px] of [
  ["clientWidth", 1000],
  ["clientHeight", 800],
] as const)
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => px });

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
