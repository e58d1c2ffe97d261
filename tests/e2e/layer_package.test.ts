/**
 * The layer as a package in two other applications: `examples/own-look` with our server, and `examples/own-server` with
 * a server that only implements the protocol. Both install the packed tarball.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, HEADER, type Row, test, workbook } from "./board.ts";
import { patient } from "./patience.ts";
import { DemoServer, freePort } from "./server.ts";

const ROOT = resolve(__dirname, "../..");
const FRONTEND = join(ROOT, "frontend");
const MAX_GZIPPED = 60_000;
const run = promisify(execFile);

let folder = "";
let tarball = "";
const children: ChildProcess[] = [];

test.beforeAll(async () => {
  test.setTimeout(patient(60_000));
  folder = mkdtempSync(join(tmpdir(), "setpoint-package-"));
  const { stdout } = await run("node", [join(FRONTEND, "package/build.mjs"), join(folder, "built")]);
  tarball = stdout.trim();
});

test.afterAll(() => {
  for (const child of children) child.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** Copies an example, installs the package in it, and builds it. */
async function built(example: string): Promise<string> {
  const cwd = join(folder, example);
  cpSync(join(ROOT, "examples", example), cwd, { recursive: true });
  cpSync(tarball, join(cwd, "setpoint-live-0.2.0.tgz"));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--no-package-lock"], { cwd });
  await run("npm", ["run", "-s", "build"], { cwd });
  return cwd;
}

/** Starts a server. Returns when it answers. */
async function served(cwd: string, args: string[], url: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  children.push(spawn("node", args, { cwd, stdio: "ignore", env: { ...process.env, ...env } }));
  await expect
    .poll(
      () =>
        fetch(url).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: patient(20_000), intervals: [100] },
    )
    .toBe(true);
}

/** From now on, records each look of a field, and the text of looks that last only a moment. */
async function watchLooks(page: Page, machine: string): Promise<void> {
  await page.evaluate((key) => {
    const output = document.querySelector(`[data-machine="${key}"] output`);
    if (!output) throw new Error(`${key} is not on the page`);
    const looks: string[] = [];
    Reflect.set(window, "looks", looks);
    const note = () => {
      const look = output.getAttribute("data-look") ?? "";
      looks.push(look === "confirmed" ? `${look} ${output.textContent}` : look);
    };
    new MutationObserver(note).observe(output, { attributeFilter: ["data-look"] });
  }, machine);
}

const looks = (page: Page) => page.evaluate(() => Reflect.get(window, "looks"));
const rows = (...more: Row[]) => workbook([HEADER, ...more]);

test("the package has the worker, types and no styles, and is at most 60 KB gzipped without the worker", async () => {
  const at = join(folder, "built");
  const code = readFileSync(join(at, "layer.js"));
  const zipped = gzipSync(code).length;
  process.stdout.write(`setpoint-live: ${zipped} bytes gzipped without the worker\n`);
  expect(zipped).toBeLessThan(MAX_GZIPPED);
  expect(code.toString()).toContain('new Worker(new URL("./excelParser.worker.js", import.meta.url)');
  expect(existsSync(join(at, "types/layer.d.ts"))).toBe(true);
  const { stdout } = await run("tar", ["-tzf", tarball]);
  expect(stdout).toContain("package/excelParser.worker.js");
  expect(stdout).not.toMatch(/\.css|\.tsx?$(?<!\.d\.ts)/m);
  expect(JSON.parse(readFileSync(join(at, "package.json"), "utf8")).peerDependencies).toEqual({
    react: ">=18",
    zustand: ">=4",
  });
});

test("an application with its own styles shows a dropped workbook as pending, confirmed and settled", async ({
  page,
}) => {
  test.setTimeout(patient(90_000));
  const server = await DemoServer.start({ isCalm: true });
  try {
    const cwd = await built("own-look");
    expect(readdirSync(join(cwd, "dist/assets")).join(" ")).toMatch(/excelParser\.worker-\S+\.js/);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const args = ["node_modules/vite/bin/vite.js", "preview", "--host", "127.0.0.1", "--port", String(port)];
    await served(cwd, args, url, { SETPOINT_URL: server.url });
    await page.goto(url);
    await expect(page.getByText("connected")).toBeVisible();
    await expect(page.locator("[data-machine]")).toHaveCount(3);
    await watchLooks(page, "m_401");
    const file = rows(["m:401", 1234, null], ["m:999", 5, null]);
    const transfer = await page.evaluateHandle(
      (bytes) => {
        const found = new DataTransfer();
        found.items.add(new File([new Uint8Array(bytes)], "targets.xlsx"));
        return found;
      },
      [...file],
    );
    await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
    await expect(page.getByRole("alert")).toContainText("m:999");
    const field = page.locator('[data-machine="m_401"] output');
    await expect.poll(() => looks(page)).toEqual(["optimistic", "confirmed 1234 ✓", "idle"]);
    await expect(field).toHaveText("1234");
  } finally {
    await server.stop();
  }
});

test("the layer works with another server, React 18, zustand 4 and webpack", async ({ page }) => {
  test.skip(process.env.SETPOINT_TESTS !== "full", "`make test-full` installs webpack for it");
  test.setTimeout(patient(180_000));
  const cwd = await built("own-server");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  await served(cwd, ["server.mjs", String(port)], url);
  await page.goto(url);
  await expect(page.getByText("Press shop: CONNECTED")).toBeVisible();
  await watchLooks(page, "m_2");
  const buffer = workbook([
    ["Machine ID", "Force"],
    ["m:2", 450],
  ]);
  await page.getByLabel("Workbook").setInputFiles({ name: "force.xlsx", mimeType: "", buffer });
  const field = page.locator('[data-machine="m_2"] output');
  await expect(field).toHaveText("450 kN");
  await expect.poll(() => looks(page)).toEqual(["optimistic", "confirmed 450 kN", "idle"]);
});
