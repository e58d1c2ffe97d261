/**
 * A fake server that a test controls: the built board, a plant, and the live protocol, without a process. It does what
 * a real server cannot do on demand: every state at once, ten thousand machines, silence.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page, Route, WebSocketRoute } from "@playwright/test";

const BOARD = resolve(__dirname, "../../src/setpoint/server/board");
const EPOCH = "e1";

export type Value = number | string | boolean | null;
export type Values = Record<string, Value>;
export interface FakeLine {
  id: string;
  name?: string;
  machines: { key: string; name?: string }[];
}

export const SPEED_FIELDS = [
  { name: "speed", type: "number", label: "Speed", unit: "rpm", maximum: 3000 },
  { name: "temp", type: "number", label: "Temperature", unit: "°C", decimals: 1 },
  {
    name: "targetSpeed",
    type: "number",
    label: "Target speed",
    unit: "rpm",
    minimum: 0,
    maximum: 3000,
    isWritable: true,
    column: "Target Speed",
    isRequired: true,
    actual: "speed",
  },
  {
    name: "mode",
    type: "choice",
    label: "Mode",
    options: ["RUN", "IDLE", "MAINTENANCE"],
    isWritable: true,
    column: "Mode",
  },
];

interface Posted {
  txId: string;
  updates: Record<string, Values>;
  base?: Record<string, Record<string, number>>;
  notAfter?: number;
}

export interface FakePlant {
  lines: FakeLine[];
  fields?: unknown[];
  name?: string;
}

export function lineOf(id: string, count: number, first = 0): FakeLine {
  const machines = Array.from({ length: count }, (_, index) => ({ key: `m_${id}${index + first}` }));
  return { id, machines };
}

export class FakeServer {
  readonly url = "http://127.0.0.1:9";
  /** The bodies posted to `/api/batches`. */
  readonly posted: Posted[] = [];
  /** The answer to a batch. With null, there is none. */
  answer: (posted: Posted) => { status: number; json: unknown } | null = () => null;
  /** The answers to GET requests by path; any other path is 404. */
  readonly answers: Record<string, unknown> = {};
  /** While this is true, the server neither pings nor answers. */
  isSilent = false;
  readonly #plant: FakePlant;
  readonly #records: Map<string, Values>;
  readonly #revs = new Map<string, Record<string, number>>();
  readonly #topics = new Map<string, number>();
  #socket: WebSocketRoute | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(plant: FakePlant, records: Record<string, Values>) {
    this.#plant = plant;
    this.#records = new Map(Object.entries(records));
    for (const key of this.#records.keys()) this.#revs.set(key, { targetSpeed: 1, mode: 1 });
  }

  /** A machine without a record never reported. */
  static async on(page: Page, plant: FakePlant, records: Record<string, Values>): Promise<FakeServer> {
    if (!existsSync(join(BOARD, "index.html"))) throw new Error("The board is not built; run `make board`.");
    const server = new FakeServer(plant, records);
    await page.route("**/*", (route) => server.#http(route));
    await page.routeWebSocket(/\/live/, (socket) => server.#open(socket));
    page.on("close", () => clearInterval(server.#timer));
    return server;
  }

  /** Changes what machines report, and sends it to all subscribers. */
  report(
    changes: Record<string, Values>,
    more: { tx?: unknown[]; revs?: Record<string, Record<string, number>> } = {},
  ): void {
    for (const [key, values] of Object.entries(changes))
      this.#records.set(key, { ...this.#records.get(key), ...values });
    for (const [key, revs] of Object.entries(more.revs ?? {}))
      this.#revs.set(key, { ...this.#revs.get(key), ...revs });
    for (const topic of this.#topics.keys()) {
      const machines = Object.fromEntries(
        Object.keys(changes)
          .filter((key) => topic === "dashboard:global" || this.#isOf(topic, key))
          .map((key) => [
            key,
            topic === "dashboard:global" ? condition(this.#records.get(key) ?? {}) : (changes[key] ?? {}),
          ]),
      );
      const removed =
        topic === "dashboard:global"
          ? Object.keys(machines).filter((key) => !isNews(this.#records.get(key) ?? {}))
          : [];
      for (const key of removed) delete machines[key];
      const seq = (this.#topics.get(topic) ?? 0) + 1;
      this.#topics.set(topic, seq);
      this.#say({
        type: "delta",
        topic,
        seq,
        ts: now(),
        machines,
        removed,
        kpis: this.#kpis(topic),
        ...(topic === "dashboard:global" && { overview: this.#overview(Object.keys(changes)) }),
        ...more,
      });
    }
  }

  /** Breaks the connection like a dead server. */
  async drop(): Promise<void> {
    await this.#socket?.close({ code: 1012 });
  }

  #say(frame: object): void {
    if (!this.isSilent) this.#socket?.send(JSON.stringify(frame));
  }

  #open(socket: WebSocketRoute): void {
    this.#socket = socket;
    this.#topics.clear();
    clearInterval(this.#timer);
    this.#say({
      type: "hello",
      protocol: 1,
      epoch: EPOCH,
      session: "s",
      ts: now(),
      user: { name: "anna", role: "operator" },
    });
    socket.onMessage((text) => {
      const frame = JSON.parse(String(text));
      if (frame.type === "unsubscribe") this.#topics.delete(frame.topic);
      if (frame.type === "subscribe") this.#subscribe(frame.id, frame.topic);
    });
    this.#timer = setInterval(
      () => this.#say({ type: "ping", ts: now(), pos: Object.fromEntries(this.#topics) }),
      1_000,
    );
  }

  #subscribe(id: number, topic: string): void {
    this.#topics.set(topic, 1);
    const entries = [...this.#records].filter(([key, record]) =>
      topic === "dashboard:global" ? isNews(record) : this.#isOf(topic, key),
    );
    const machines = Object.fromEntries(
      entries.map(([key, record]) => [key, topic === "dashboard:global" ? condition(record) : record]),
    );
    const revs = Object.fromEntries(entries.map(([key]) => [key, this.#revs.get(key) ?? {}]));
    this.#say({ type: "ack", id, topic, seq: 1 });
    this.#say({
      type: "snapshot",
      topic,
      epoch: EPOCH,
      seq: 1,
      ts: now(),
      data: {
        machines,
        kpis: this.#kpis(topic),
        ...(topic === "dashboard:global" && { overview: this.#overview([...this.#records.keys()]) }),
      },
      revs,
      tx: [],
    });
  }

  #isOf(topic: string, key: string): boolean {
    if (topic === key.replace("_", ":")) return true;
    const line = this.#plant.lines.find(({ id }) => topic === `line:${id}`);
    return line?.machines.some((machine) => machine.key === key) ?? false;
  }

  /** Gives each machine a run and a kind of its own (OVER-1). */
  #overview(keys: readonly string[]): object {
    const records = keys.map((key) => this.#records.get(key) ?? {});
    return {
      machines: keys.flatMap((key) => [key, 1]),
      kinds: records.map(({ status = null, quality = null }) => [status, quality]),
      kind: keys.map((_, index) => index),
      ageS: records.map(({ since }) =>
        typeof since === "number" ? Math.floor(now()) - Math.floor(since) : null,
      ),
    };
  }

  #kpis(topic: string): Record<string, Values> {
    if (topic.startsWith("m:")) return {};
    const lines = this.#plant.lines.filter(
      ({ id }) => topic === "dashboard:global" || topic === `line:${id}`,
    );
    const each = Object.fromEntries(lines.map((line) => [`line:${line.id}`, this.#figures([line])]));
    return topic === "dashboard:global" ? { ...each, [topic]: this.#figures(lines) } : each;
  }

  #figures(lines: readonly FakeLine[]): Values {
    const records = lines.flatMap(({ machines }) => machines.map(({ key }) => this.#records.get(key)));
    const running = records.filter((record) => record?.status === "RUNNING" && record.quality !== "OFFLINE");
    return {
      machines: records.length,
      running: running.length,
      meanSpeed: 1000,
      parts: 10,
      availability: 0.98,
    };
  }

  async #http(route: Route): Promise<void> {
    const { pathname } = new URL(route.request().url());
    if (pathname === "/api/plant") {
      const { lines, fields = SPEED_FIELDS, name = "Test plant" } = this.#plant;
      await route.fulfill({ json: { name, timezone: "UTC", fields, lines } });
    } else if (pathname === "/api/batches" && route.request().method() === "POST") {
      const posted: Posted = route.request().postDataJSON();
      this.posted.push(posted);
      const answer = this.answer(posted);
      if (answer) await route.fulfill(answer);
    } else if (route.request().method() === "GET" && pathname in this.answers) {
      await route.fulfill({ json: this.answers[pathname] });
    } else if (pathname === "/api/alarms/open") {
      await route.fulfill({ json: { critical: 0, high: 0, medium: 0, low: 0 } });
    } else if (pathname.startsWith("/api/")) {
      await route.fulfill({ status: 404, json: { type: "about:blank/not-found", title: "Not found" } });
    } else {
      const file = join(BOARD, pathname);
      await route.fulfill({ path: pathname !== "/" && existsSync(file) ? file : join(BOARD, "index.html") });
    }
  }
}

function now(): number {
  return Date.now() / 1000;
}

function isNews({ status, quality }: Values): boolean {
  const critical = ["EMERGENCY_STOP", "SAFETY_INTERLOCK", "FAULT", "MAINTENANCE_LOCK"];
  return critical.includes(String(status)) || quality !== "GOOD";
}

function condition({ status = null, since = null, quality = null, seen = null }: Values): Values {
  return { status, since, quality, seen };
}
