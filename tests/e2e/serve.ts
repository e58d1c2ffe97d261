/**
 * `setpoint serve` as an administrator would start it, with a new data directory, its link on the terminal, and the
 * command line.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { patient } from "./patience.ts";
import { freePort } from "./server.ts";

const ROOT = resolve(__dirname, "../..");
const PYTHON = process.env.SETPOINT_PYTHON ?? join(ROOT, ".venv/bin/python");
const LINK = /http:\S+#link=\S+/;

export class ServeServer {
  readonly url: string;
  readonly #dataDir: string;
  readonly #process: ChildProcess;
  #output = "";

  private constructor(port: number, plant?: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#dataDir = mkdtempSync(join(tmpdir(), "setpoint-serve-"));
    const args = ["-m", "setpoint", "serve", "--port", String(port), "--data-dir", this.#dataDir];
    if (plant !== undefined) writeFileSync(join(this.#dataDir, "plant.toml"), plant);
    const env = { SETPOINT_DATABASE_TIMEOUT: "20", ...process.env, PYTHONUNBUFFERED: "1" };
    this.#process = spawn(PYTHON, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env });
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
  }

  /**
   * Returns when the server is ready and has printed its link. `plant` is the text of a plant file, by default the
   * example.
   */
  static async start(plant?: string): Promise<ServeServer> {
    const server = new ServeServer(await freePort(), plant);
    const deadline = Date.now() + patient(30_000);
    while (Date.now() < deadline && server.#process.exitCode === null) {
      const ready = await fetch(`${server.url}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (ready && LINK.test(server.#output)) return server;
      await new Promise((next) => setTimeout(next, 100));
    }
    throw new Error(`The server did not become ready in time. Its output:\n${server.#output}`);
  }

  /** The one-time link that the server printed for the first administrator. */
  get firstLink(): string {
    const link = this.#output.match(LINK)?.[0];
    if (!link) throw new Error(`No link was printed:\n${this.#output}`);
    return link;
  }

  /** Runs `setpoint …` on the same data directory, and returns its output. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(
      PYTHON,
      ["-m", "setpoint", ...args, "--data-dir", this.#dataDir],
      { cwd: ROOT },
    );
    return stdout;
  }

  /** Adds an account, and returns the link for its person. */
  async invite(name: string, ...args: string[]): Promise<string> {
    const output = await this.command("user", "add", name, ...args, "--url", this.url);
    const link = output.match(LINK)?.[0];
    if (!link) throw new Error(`No link was printed:\n${output}`);
    return link;
  }

  /** Writes another plant file, which the server has not read yet. */
  edit(plant: string): void {
    writeFileSync(join(this.#dataDir, "plant.toml"), plant);
  }

  /** Makes the server reload its plant file, with SIGHUP. */
  hangUp(): void {
    this.#process.kill("SIGHUP");
  }

  async stop(): Promise<void> {
    const exit = new Promise((next) => this.#process.once("exit", next));
    this.#process.kill("SIGTERM");
    await exit;
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
