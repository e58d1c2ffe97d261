/**
 * Reading a workbook in Chromium: all that the board does beside SheetJS alone, in the same kind of worker.
 *
 *     npm run bench:workbook [-- --rounds 5] [--json OUT]
 *
 * 100,000 rows × 3. A browser of its own for each figure, so that its peak memory is its own; rounds in turn, medians.
 * The targets: at most 1.2 × SheetJS's time and 2 × its memory, and no task of the page over 50 ms.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { build, preview } from "vite";
import { longestTask } from "./longestTask.mjs";

const ROWS = 100_000;
const ROOT = fileURLToPath(new URL(".", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

const { values } = parseArgs({
  options: { json: { type: "string" }, rounds: { type: "string", default: "5" } },
});

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The shared workbook of 100,000 rows, which the tests read as well. */
function workbook() {
  const own = join(REPOSITORY, ".venv/bin/python");
  const python = process.env.SETPOINT_PYTHON ?? (existsSync(own) ? own : "python3");
  const folder = execFileSync(python, ["-m", "tests.workbooks"], {
    cwd: REPOSITORY,
    encoding: "utf8",
  }).trim();
  return readFileSync(join(folder, "a_hundred_thousand_rows.xlsx"));
}

/** The most memory that the renderer of a browser ever had, in MB; null where the system does not tell. */
async function peakMb(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peaks = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => `/proc/${id}/status`)
    .filter((path) => existsSync(path))
    .map((path) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(path, "utf8"))?.[1] ?? 0) / 1024);
  return peaks.length ? Math.max(...peaks) : null;
}

async function inBrowser(url, measure) {
  const browser = await chromium.launch({
    ...(existsSync("/usr/bin/chromium") && { executablePath: "/usr/bin/chromium" }),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    await page.waitForFunction(() => "bench" in window);
    const found = await measure(page);
    return { ...found, peakMb: await peakMb(browser) };
  } finally {
    await browser.close();
  }
}

const outDir = mkdtempSync(join(tmpdir(), "setpoint-bench-"));
let server;
try {
  await build({
    configFile: false,
    root: ROOT,
    logLevel: "error",
    worker: { format: "es" },
    build: { outDir, emptyOutDir: true, rollupOptions: { input: join(ROOT, "workbook.html") } },
  });
  writeFileSync(join(outDir, "big.xlsx"), workbook());
  server = await preview({
    configFile: false,
    root: ROOT,
    logLevel: "error",
    build: { outDir },
    preview: { host: "127.0.0.1", port: 0 },
  });
  const url = `http://127.0.0.1:${server.httpServer.address().port}/workbook.html`;
  const found = { sheetjs: [], setpoint: [], page: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of ["sheetjs", "setpoint"]) {
      const ask = async (page) => ({
        ms: await page.evaluate(([name, rows]) => window.bench.side(name, rows), [side, ROWS]),
      });
      found[side].push(await inBrowser(url, ask));
    }
    const own = async (page) => {
      let all;
      const longest = await longestTask(page, async () => {
        all = await page.evaluate((rows) => window.bench.page(rows), ROWS);
      });
      return { ...all, ...longest };
    };
    found.page.push(await inBrowser(url, own));
  }
  const figures = Object.fromEntries(
    Object.entries(found).map(([side, rounds]) => [
      side,
      Object.fromEntries(
        Object.keys(rounds[0]).map((name) => [name, median(rounds.map((each) => each[name]))]),
      ),
    ]),
  );
  const ratio = {
    time: figures.setpoint.ms / figures.sheetjs.ms,
    memory: figures.setpoint.peakMb / figures.sheetjs.peakMb,
  };
  const line = (name, { ms, peakMb: peak }) =>
    `${name.padEnd(34)} ${ms.toFixed(0).padStart(7)} ms ${(peak ?? Number.NaN).toFixed(0).padStart(7)} MB\n`;
  process.stdout.write(
    `${ROWS.toLocaleString("en")} rows × 3 of xlsx; median of ${values.rounds} rounds\n\n` +
      line("SheetJS alone, in the worker", figures.sheetjs) +
      line("read and validated, in the worker", figures.setpoint) +
      line("until all of it is on the page", figures.page) +
      `\n${ratio.time.toFixed(2)} × the time (target 1.2), ${ratio.memory.toFixed(2)} × the memory (target 2); ` +
      `the page's longest task ${figures.page.longestCpuMs.toFixed(0)} ms of CPU, ${figures.page.longestWallMs.toFixed(0)} ms by the clock (target 50)\n`,
  );
  if (values.json) {
    const result = { bench: "browser-workbook", rows: ROWS, figures, ratio };
    writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  }
} finally {
  server?.httpServer.closeAllConnections();
  await new Promise((resolve) => (server ? server.httpServer.close(resolve) : resolve()));
  rmSync(outDir, { recursive: true, force: true });
}
