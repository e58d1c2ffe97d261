/**
 * A real server for a test file, with its own process, port and data directory, and a seeded simulator.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { patient } from "./patience.ts";

const ROOT = resolve(__dirname, "../..");
const PYTHON = process.env.SETPOINT_PYTHON ?? join(ROOT, ".venv/bin/python");

export interface DemoOptions {
  machines?: number;
  seed?: number;
  /** The machines do nothing by themselves. */
  isCalm?: boolean;
  /** The length of the simulated past, for example `2d`. */
  history?: string;
  /** The time after which a slow machine answers. By default it is about two seconds. */
  slowMs?: number;
}

export type Fault = "freeze" | "refuse" | "slow";

/** Each worker of Playwright has a thousand ports, which it uses one after another. */
const OWN_PORTS = 25_000 + 1_000 * (Number(process.env.TEST_PARALLEL_INDEX ?? 0) % 7);
let counter = process.pid;

/** A port on which nobody listens, below the system's range for outgoing connections. See `tests/ports.py`. */
export async function freePort(): Promise<number> {
  for (;;) {
    counter += 1;
    const port = OWN_PORTS + (counter % 1_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });
}

export class DemoServer {
  readonly url: string;
  get port(): number {
    return this.#port;
  }

  readonly #port: number;
  readonly #options: DemoOptions;
  readonly #dataDir = mkdtempSync(join(tmpdir(), "setpoint-e2e-"));
  #process: ChildProcess | null = null;
  #log = "";

  private constructor(port: number, options: DemoOptions) {
    this.#port = port;
    this.#options = options;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(options: DemoOptions = {}): Promise<DemoServer> {
    const server = new DemoServer(await freePort(), options);
    await server.start();
    return server;
  }

  /** Starts or restarts on the same port with the same data. Returns when it is ready. */
  async start(): Promise<void> {
    const { machines, seed = 7, isCalm = false, history, slowMs } = this.#options;
    const program = slowMs === undefined ? ["setpoint"] : ["tests.integration.slow_machines", String(slowMs)];
    const args = [
      "-m",
      ...program,
      "demo",
      "--no-browser",
      "--port",
      String(this.#port),
      "--seed",
      String(seed),
    ];
    args.push("--data-dir", this.#dataDir);
    if (isCalm) args.push("--calm");
    if (machines !== undefined) args.push("--machines", String(machines));
    if (history !== undefined) args.push("--history", history);
    const env = { SETPOINT_DATABASE_TIMEOUT: "20", ...process.env }; // the disk may be busy
    const child = spawn(PYTHON, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env });
    child.stdout.on("data", (chunk: Buffer) => (this.#log += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (this.#log += chunk.toString()));
    this.#process = child;
    const deadline = Date.now() + patient(history === undefined ? 30_000 : 90_000);
    while (Date.now() < deadline) {
      if (child.exitCode !== null) break;
      const ready = await fetch(`${this.url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready) return;
      await new Promise((next) => setTimeout(next, 100));
    }
    throw new Error(`The server did not become ready within 30 s. Its output:\n${this.#log}`);
  }

  /** Kills the server like a power cut, without a close frame. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** Makes the simulated machine raise or clear a stop, or misbehave. */
  async simulate(machine: string, event: { status: string | null } | { fault: Fault | null }): Promise<void> {
    await this.post("/api/simulator/events", { machine, ...event }, "simulator");
  }

  /**
   * Sends another person's batch. If it could not leave in time, the server did not send it (CMD-8), and this sends it
   * again.
   */
  async give(updates: Record<string, Record<string, unknown>>, person: string): Promise<void> {
    const deadline = Date.now() + patient(30_000);
    for (;;) {
      const answer = await this.#posted("/api/batches", { txId: crypto.randomUUID(), updates }, person);
      if (answer.ok) return;
      const problem = await answer.text();
      if (!problem.includes("/problems/too-late") || Date.now() > deadline)
        throw new Error(`The batch was answered with ${answer.status}: ${problem}`);
    }
  }

  #posted(path: string, json: unknown, person: string): Promise<Response> {
    return fetch(this.url + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Demo-User": person },
      body: JSON.stringify(json),
    });
  }

  async post(path: string, json: unknown, person: string): Promise<Response> {
    const answer = await this.#posted(path, json, person);
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }

  async template(topic = "dashboard:global"): Promise<Buffer> {
    const answer = await fetch(`${this.url}/api/template.xlsx?topic=${topic}`);
    return Buffer.from(await answer.arrayBuffer());
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const exit = new Promise((next) => child.once("exit", next));
    child.kill(signal);
    await exit;
  }
}
