/** Debian's WebKitGTK under a display of its own (Xvfb), driven by WebDriver. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { patient } from "../patience.ts";
import { freePort } from "../server.ts";
import type { Engine } from "./engine.ts";

/** The key of an element in WebDriver's answers. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

export async function webkit(): Promise<Engine> {
  const started: ChildProcess[] = [];
  const end = async () => {
    for (const child of started.reverse()) await ended(child);
  };
  try {
    const display = await startDisplay(started);
    const port = await freePort();
    const env = { ...process.env, DISPLAY: display };
    started.push(spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], { env, stdio: "ignore" }));
    const driver = `http://127.0.0.1:${port}`;
    await answering(driver);
    const { sessionId } = (await command(driver, "POST", "/session", { capabilities: {} })) as {
      sessionId: string;
    };
    return engineOf(`${driver}/session/${sessionId}`, end);
  } catch (error) {
    await end();
    throw error;
  }
}

function engineOf(session: string, end: () => Promise<void>): Engine {
  return {
    async open(url) {
      await command(session, "POST", "/url", { url });
    },
    run: (code, ...args) =>
      command(session, "POST", "/execute/sync", {
        script: `return (${code}).apply(null, arguments)`,
        args,
      }) as never,
    async click(selector) {
      const using = { using: "css selector", value: selector };
      const found = (await command(session, "POST", "/element", using)) as Record<string, string>;
      await command(session, "POST", `/element/${found[ELEMENT]}/click`, {});
    },
    async resize(width, height) {
      await command(session, "POST", "/window/rect", { width, height });
    },
    async close() {
      await command(session, "DELETE", "").finally(end);
    },
  };
}

async function command(base: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(base + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`WebDriver refused ${path}: ${JSON.stringify(value)}`);
  return value;
}

/** Xvfb chooses a free number and prints it. */
async function startDisplay(started: ChildProcess[]): Promise<string> {
  const server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1600x1200x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  started.push(server);
  const [number] = await Promise.race([
    once(createInterface(server.stdio[3] as Readable), "line"),
    once(server, "exit").then(() => {
      throw new Error("Xvfb ended before it had a display");
    }),
  ]);
  return `:${number}`;
}

async function answering(driver: string): Promise<void> {
  const deadline = Date.now() + patient(20_000);
  for (;;) {
    const isReady = await command(driver, "GET", "/status").then(
      () => true,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadline) throw new Error("WebKitWebDriver does not answer");
    await new Promise((next) => setTimeout(next, 100));
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}
