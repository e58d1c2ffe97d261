/**
 * Reading a workbook in Chromium: the board's whole reader compared with SheetJS alone, in the same kind of worker.
 *
 *     npm run bench:workbook [-- --rounds 5] [--json OUT]
 *
 * The workbook has 100,000 rows × 3. Each figure comes from a new browser, so that its peak memory is its own. Rounds
 * alternate, and the table has medians. The targets are at most 0.6 × SheetJS's time, no more memory, and no task of
 * the page over 50 ms at any size.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { build, preview, runnerImport } from "vite";
import { longestTask } from "./longestTask.mjs";

const ROWS = 100_000;
/** At no size may the page be busy for long. */
const OTHER_ROWS = [1_000, 3_000, 10_000, 30_000];
/** Linux counts CPU time in hundredths of a second. */
const MS_PER_TICK = 10;
const ROOT = fileURLToPath(new URL(".", import.meta.url));
const FRONTEND = fileURLToPath(new URL("../", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));

const { values } = parseArgs({
  options: { json: { type: "string" }, rounds: { type: "string", default: "5" } },
});

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The shared workbook of 100,000 rows, which the tests also read. */
function workbook() {
  const own = join(REPOSITORY, ".venv/bin/python");
  const python = process.env.SETPOINT_PYTHON ?? (existsSync(own) ? own : "python3");
  const folder = execFileSync(python, ["-m", "tests.workbooks"], {
    cwd: REPOSITORY,
    encoding: "utf8",
  }).trim();
  return readFileSync(join(folder, "a_hundred_thousand_rows.xlsx"));
}

/** The same workbook in another size, from plain XML. */
async function smaller(rows) {
  const { xlsx } = (
    await runnerImport("/src/conformance/workbooks.ts", { root: FRONTEND, configFile: false })
  ).module;
  const row = (...cells) =>
    `<row>${cells.map((each) => (typeof each === "number" ? `<c><v>${each}</v></c>` : `<c t="inlineStr"><is><t>${each}</t></is></c>`)).join("")}</row>`;
  const modes = ["RUN", "IDLE", "MAINTENANCE"];
  const targets = Array.from({ length: rows }, (_, at) => row(`m:${at}`, (at * 7) % 3000, modes[at % 3]));
  return xlsx(row("Machine ID", "Target Speed", "Mode") + targets.join(""));
}

/** Returns the folders in `/proc` of a browser's renderers, or none if the system has no `/proc`. */
async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  return processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => `/proc/${id}`)
    .filter((path) => existsSync(path));
}

/** Returns the peak memory of the browser's renderers, in MB. */
async function peakMb(browser) {
  const peaks = (await renderers(browser)).map(
    (path) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`${path}/status`, "utf8"))?.[1] ?? 0) / 1024,
  );
  return peaks.length ? Math.max(...peaks) : null;
}

/** Returns the CPU time of all renderers of the browser so far, in ms: user and system, all threads. */
async function cpuMs(browser) {
  const times = (await renderers(browser)).map((path) => {
    const fields = readFileSync(`${path}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  });
  return times.reduce((sum, time) => sum + time, 0);
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
    const before = await cpuMs(browser);
    const found = await measure(page);
    return { ...found, cpuMs: (await cpuMs(browser)) - before, peakMb: await peakMb(browser) };
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
  writeFileSync(join(outDir, `${ROWS}.xlsx`), workbook());
  for (const rows of OTHER_ROWS) writeFileSync(join(outDir, `${rows}.xlsx`), await smaller(rows));
  server = await preview({
    configFile: false,
    root: ROOT,
    logLevel: "error",
    build: { outDir },
    preview: { host: "127.0.0.1", port: 0 },
  });
  const url = `http://127.0.0.1:${server.httpServer.address().port}/workbook.html`;
  const pageOf = (rows) => `page ${rows}`;
  const found = { nothing: [], sheetjs: [], setpoint: [] };
  for (const rows of [...OTHER_ROWS, ROWS]) found[pageOf(rows)] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const side of ["nothing", "sheetjs", "setpoint"]) {
      const ask = async (page) => ({
        ms: await page.evaluate(([name, rows]) => window.bench.side(name, rows), [side, ROWS]),
      });
      found[side].push(await inBrowser(url, ask));
    }
    for (const rows of [...OTHER_ROWS, ROWS]) {
      const own = async (page) => {
        let all;
        const longest = await longestTask(page, async () => {
          all = await page.evaluate((count) => window.bench.page(count), rows);
        });
        return { ...all, ...longest };
      };
      found[pageOf(rows)].push(await inBrowser(url, own));
    }
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
    cpu: (figures.setpoint.cpuMs - figures.nothing.cpuMs) / (figures.sheetjs.cpuMs - figures.nothing.cpuMs),
    memory: figures.setpoint.peakMb / figures.sheetjs.peakMb,
  };
  const line = (name, { ms, cpuMs: cpu, peakMb: peak }) =>
    `${name.padEnd(34)} ${ms.toFixed(0).padStart(7)} ms ${cpu.toFixed(0).padStart(7)} ms of CPU ${(peak ?? Number.NaN).toFixed(0).padStart(7)} MB\n`;
  const longest = (rows, { longestCpuMs, longestWallMs }) =>
    `${rows.toLocaleString("en").padStart(9)} rows ${longestCpuMs.toFixed(0).padStart(5)} ms of CPU ${longestWallMs.toFixed(0).padStart(5)} ms by the clock\n`;
  process.stdout.write(
    `${ROWS.toLocaleString("en")} rows × 3 of xlsx; median of ${values.rounds} rounds\n\n` +
      line("the worker with nothing to do", figures.nothing) +
      line("SheetJS alone, in the worker", figures.sheetjs) +
      line("read and validated, in the worker", figures.setpoint) +
      line("until all of it is on the page", figures[pageOf(ROWS)]) +
      `\n${ratio.time.toFixed(2)} × the time (target 0.6), ${ratio.cpu.toFixed(2)} × the CPU, ${ratio.memory.toFixed(2)} × the memory (target 1)\n` +
      "the page's longest task (target 50 ms):\n" +
      [...OTHER_ROWS, ROWS].map((rows) => longest(rows, figures[pageOf(rows)])).join(""),
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
