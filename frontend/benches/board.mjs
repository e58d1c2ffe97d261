/**
 * The whole board in Chromium under known loads: the work of the main thread, the age of the figures on screen, and the
 * time until a person sees their target.
 *
 *     npm run bench:board [-- --rounds 3] [--minutes 1] [--part main|plant|heap|ages|hand|bytes|before …] [--before CHECKOUT] [--json OUT]
 *
 * Each figure has a baseline of the same run. Both are measured in turn, and the table has medians. `CPU` is the main
 * thread's own time, so other work on the machine does not change it. Wall times depend on other work: compare them
 * with the idle page's. `before` compares with the board that another checkout has built. `board.server.py` makes the
 * loads. A bench is not a test, so it asserts nothing.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { utils, write } from "@e965/xlsx";
import { chromium } from "@playwright/test";
import { build } from "vite";
import { longestTask } from "./longestTask.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
const WINDOW_MS = 2_500;
const WARM_UP_MS = 1_000;
const TRACE_MS = 1_000;
/** A page that has not loaded by then never will, however busy the machine is. */
const PATIENCE_MS = 180_000;
/** Two of the changes of `board.server.py plant`. */
const PLANT_WINDOW_MS = 10_000;
const HEAP_SAMPLES = 6;
const AGES_MS = 10_000;
const LINE_CADENCE_MS = 1_000;
const AGE_MODULO_MS = 10_000_000;
/** A person holds a file over the page at least this long before they drop it. */
const DRAG_MS = 300;

const { values } = parseArgs({
  options: {
    json: { type: "string" },
    rounds: { type: "string", default: "3" },
    /** For how long the part `heap` looks. */
    minutes: { type: "string", default: "1" },
    part: { type: "string", multiple: true, default: ["main", "plant", "heap", "ages", "hand", "bytes"] },
    /** A checkout of another version with a built board (`make board`). */
    before: { type: "string" },
  },
});
const ROUNDS = Number(values.rounds);
const MINUTES = Number(values.minutes);
const own = join(REPOSITORY, ".venv/bin/python");
const PYTHON = process.env.SETPOINT_PYTHON ?? (existsSync(own) ? own : "python3");

// ---- figures

function quantile(numbers, share) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

const median = (numbers) => quantile(numbers, 0.5);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function mediansOf(rounds) {
  return Object.fromEntries(
    Object.keys(rounds[0]).map((name) => [name, median(rounds.map((each) => each[name]))]),
  );
}

// ---- set-up

/** Starts one of `board.server.py`'s loads. `stop` ends it. */
async function serve(load, board, machines = 1_000) {
  const dataDir = mkdtempSync(join(tmpdir(), "setpoint-bench-"));
  const script = fileURLToPath(new URL("board.server.py", import.meta.url));
  const child = spawn(
    PYTHON,
    [script, load, "--board", board, "--data-dir", dataDir, "--machines", String(machines)],
    { cwd: REPOSITORY, stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const [url] = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once("line", (line) => resolve([line]))),
    gone.then(() => {
      throw new Error(`the server of the load "${load}" ended before it listened; it said:\n${said}`);
    }),
  ]);
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url, stop };
}

/** Runs in the page before anything else. Notes tasks over 50 ms, and the instant at which a change is painted. */
function watch() {
  const longTasks = [];
  new PerformanceObserver((list) =>
    longTasks.push(...list.getEntries().map(({ duration }) => duration)),
  ).observe({ type: "longtask" });
  /** Called in an animation frame, calls back after this frame is painted. */
  const afterFrame = (run) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = run;
    port2.postMessage(null);
  };
  /** Calls back after the next frame is painted. */
  const afterPaint = (run) => requestAnimationFrame(() => afterFrame(run));
  /** Returns the milliseconds from now until what `find` looks for is painted. */
  const untilPainted = (find) => {
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const look = () => {
        if (find()) afterFrame(() => resolve(performance.now() - began));
        else if (performance.now() - began > 20_000) reject(new Error(`never painted: ${find}`));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  };
  window.bench = { longTasks, afterPaint, untilPainted };
  /** When the plant's first machines were painted, since the start of the navigation. */
  const look = () => {
    if (document.querySelector("[data-cell]")) {
      afterFrame(() => {
        window.bench.pictureMs = performance.now();
      });
    } else requestAnimationFrame(look);
  };
  if (location.pathname === "/") requestAnimationFrame(look);
}

async function newPage(browser, url, viewport = DESK, shown = "article.tile:not(.skeleton)") {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(watch);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  await page.goto(url);
  await page.locator(shown).first().waitFor();
  return { page, cdp, close: () => context.close() };
}

async function metrics(cdp) {
  const { metrics: found } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
}

// ---- 1 and 2: the main thread

/** The main thread's share of a core over one window, and its longest task in a trace. */
async function load({ page, cdp }, windowMs = WINDOW_MS) {
  await page.evaluate(() => {
    window.bench.longTasks.length = 0;
  });
  const before = await metrics(cdp);
  await pause(windowMs);
  const after = await metrics(cdp);
  const elapsed = after.Timestamp - before.Timestamp;
  const share = (name) => (100 * (after[name] - before[name])) / elapsed;
  const longTasks = await page.evaluate(() => [...window.bench.longTasks]);
  return {
    cpuPercent: share("ThreadTime"),
    wallPercent: share("TaskDuration"),
    tiles: await page.locator("article.tile").count(),
    longTasks: longTasks.length,
    ...(await longestTask(page, () => pause(TRACE_MS))),
  };
}

const DESK = { width: 1280, height: 800 };
const WIDE = { width: 1920, height: 1080 };
/** Large enough for the 50 tiles of a line. */
const ALL_TILES = { width: 1920, height: 2400 };
const SIDES = {
  "idle page, 1,000 machines": ["lines/03", DESK],
  "board, 1,000 machines": ["lines/01", DESK],
  "board, 1,000, dense on full HD": ["lines/01?tiles=dense", WIDE],
  "board, 10,000 machines": ["lines/02", DESK],
  "one selector, 1,000 machines": ["selector/board.selector.html?line=01", DESK],
};

async function mainThread(browser, url) {
  const rounds = Object.fromEntries(Object.keys(SIDES).map((side) => [side, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [side, [path, viewport]] of Object.entries(SIDES)) {
      const opened = await newPage(browser, `${url}/${path}`, viewport);
      await pause(WARM_UP_MS);
      rounds[side].push(await load(opened));
      await opened.close();
    }
  }
  return Object.fromEntries(Object.entries(rounds).map(([side, found]) => [side, mediansOf(found)]));
}

/** The plant page of 10,000 machines over two changes of 1 % of them, and its time to load. */
async function plantPage(browser, url) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const opened = await newPage(browser, url, DESK, "[data-cell]");
    const shownMs = performance.now() - began;
    const pictureMs = await opened.page
      .waitForFunction(() => window.bench.pictureMs)
      .then((found) => found.jsonValue());
    await pause(WARM_UP_MS);
    rounds.push({ ...(await load(opened, PLANT_WINDOW_MS)), shownMs, pictureMs });
    await opened.close();
  }
  return mediansOf(rounds);
}

/** 50 tiles with their last minute, all of which change 4 times a second: this board and the earlier one in turn. */
async function beside(browser, urls) {
  const rounds = { now: [], before: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const [side, found] of Object.entries(rounds)) {
      const opened = await newPage(browser, `${urls[side]}/lines/04`, ALL_TILES);
      await pause(WARM_UP_MS);
      found.push(await load(opened));
      await opened.close();
    }
  return { now: mediansOf(rounds.now), before: mediansOf(rounds.before) };
}

/**
 * The heap in MB over `--minutes`, after collections: 1,000 machines at 4 Hz, the idle page, and the plant page of 10,000
 * machines.
 */
async function heap(browser, stream, plant) {
  const sides = {
    board: await newPage(browser, `${stream}/lines/01`),
    idle: await newPage(browser, `${stream}/lines/03`),
    plant: await newPage(browser, plant, DESK, "[data-cell]"),
  };
  const samplesMb = { board: [], idle: [], plant: [] };
  await pause(WARM_UP_MS);
  for (let sample = 0; sample <= HEAP_SAMPLES; sample++) {
    if (sample > 0) await pause((MINUTES * 60_000) / HEAP_SAMPLES);
    for (const [side, { cdp }] of Object.entries(sides)) {
      await cdp.send("HeapProfiler.collectGarbage");
      samplesMb[side].push((await metrics(cdp)).JSHeapUsedSize / 2 ** 20);
    }
  }
  for (const { close } of Object.values(sides)) await close();
  return samplesMb;
}

// ---- 3: the age of what is on screen

/** Ages at paint of every figure that changed on a line's view. */
async function paintedAges(browser, url) {
  const { page, close } = await newPage(browser, `${url}/lines/01`);
  await pause(WARM_UP_MS);
  const ages = await page.evaluate(
    ([ms, modulo]) =>
      new Promise((resolve) => {
        const found = [];
        const observer = new MutationObserver((changes) => {
          const texts = changes.map(({ target }) => target.data).filter((text) => text !== undefined);
          window.bench.afterPaint(() => {
            const now = Date.now() % modulo;
            for (const text of texts) found.push((now - Number(text.replaceAll(",", "")) + modulo) % modulo);
          });
        });
        for (const node of document.querySelectorAll(".tile-actual .hot"))
          observer.observe(node, { characterData: true, subtree: true });
        setTimeout(() => resolve(found), ms);
      }),
    [AGES_MS, AGE_MODULO_MS],
  );
  await close();
  return ages;
}

/** The baseline: a plain socket on an empty page, and ages at the frame's arrival. */
async function arrivedAges(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}/favicon.svg`);
  const ages = await page.evaluate(
    ([ms, warmUpMs, modulo]) =>
      new Promise((resolve) => {
        const found = [];
        const opened = performance.now();
        const socket = new WebSocket(
          new URL("/live", window.location.href.replace(/^http/, "ws")),
          "setpoint.v1",
        );
        socket.onmessage = ({ data }) => {
          const now = Date.now() % modulo;
          const frame = JSON.parse(data);
          if (frame.type === "hello")
            socket.send(JSON.stringify({ type: "subscribe", id: 1, topic: "line:01" }));
          if (frame.type === "ping") socket.send(JSON.stringify({ type: "pong", ts: frame.ts }));
          if (frame.type !== "delta" || performance.now() - opened < warmUpMs) return;
          for (const { speed } of Object.values(frame.machines ?? {}))
            if (speed !== undefined) found.push((now - speed + modulo) % modulo);
        };
        setTimeout(() => resolve(found), ms + warmUpMs);
      }),
    [AGES_MS, WARM_UP_MS, AGE_MODULO_MS],
  );
  await context.close();
  return ages;
}

function agesOf(ages) {
  if (ages.length === 0) throw new Error("no figure changed on screen");
  return { count: ages.length, p50Ms: median(ages), p99Ms: quantile(ages, 0.99) };
}

// ---- 4: from a person's act to the screen

function workbook(machines, target) {
  const book = utils.book_new();
  const rows = machines.map((machine) => [machine, target]);
  utils.book_append_sheet(book, utils.aoa_to_sheet([["Machine ID", "Target Speed"], ...rows]), "Targets");
  return Buffer.from(write(book, { type: "buffer", bookType: "xlsx" }));
}

/**
 * Drops the workbook, then commits it. Returns the milliseconds until each is painted. `dropMs` ends with the preview.
 * `liveMs` ends when every row shows its machine's report, which needs each line's snapshot.
 */
async function dropAndCommit(browser, url, machines, target) {
  const { page, close } = await newPage(browser, `${url}/lines/01`);
  await pause(WARM_UP_MS);
  const bytes = [...workbook(machines, target)];
  const [dropMs, liveMs] = await page.evaluate(
    async ([content, dragMs]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(content)], "targets.xlsx"));
      const { untilPainted } = window.bench;
      // Rows of machines that have not reported are above the changes, and only the first rows are mounted.
      const isLive = () =>
        document.querySelector("tr.diff-change") && !document.querySelector("tr.diff-unheard");
      window.dispatchEvent(new DragEvent("dragover", { dataTransfer: transfer, cancelable: true }));
      await new Promise((resolve) => setTimeout(resolve, dragMs));
      const painted = [untilPainted(() => document.querySelector("tr[class*=diff-]")), untilPainted(isLive)];
      window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
      return Promise.all(painted);
    },
    [bytes, DRAG_MS],
  );
  const button = page.getByRole("button", {
    name: `Change ${machines.length.toLocaleString("en-GB")} target`,
  });
  await button.waitFor();
  await pause(WARM_UP_MS);
  let commitMs = 0;
  const longest = await longestTask(page, async () => {
    commitMs = await page.evaluate(() => {
      const painted = window.bench.untilPainted(() => document.querySelector("tr.is-optimistic"));
      document.querySelector(".foot button.primary").click();
      return painted;
    });
    await page.locator("tr.is-optimistic").first().waitFor({ state: "hidden" });
    await pause(TRACE_MS);
  });
  await close();
  return { dropMs, liveMs, commitMs, ...longest };
}

/**
 * The milliseconds from Enter in a tile's editor until the tile shows the target as pending, compared with an empty
 * frame.
 */
async function keystroke(browser, url, target) {
  const { page, close } = await newPage(browser, `${url}/lines/01`);
  await pause(WARM_UP_MS);
  const frameMs = await page.evaluate(() => window.bench.untilPainted(() => true));
  await page.locator("[data-tile]").first().focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Target speed").fill(String(target));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Change to/ }).waitFor(); // the board asks once about a large change
  await page.evaluate(() => {
    const pressed = new Promise((resolve) =>
      window.addEventListener("keydown", resolve, { once: true, capture: true }),
    );
    const isPending = () => document.querySelector(".tile .is-optimistic");
    window.bench.stroke = pressed.then(() => window.bench.untilPainted(isPending));
  });
  await page.keyboard.press("Enter");
  const ms = await page.evaluate(() => window.bench.stroke);
  await close();
  return { ms, frameMs };
}

// ---- 5: the first load

/** The browser's requests until a line is shown, in bytes as the build compressed them. */
async function firstLoad(browser, url, board) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const paths = new Set();
  page.on("request", (request) => paths.add(new URL(request.url()).pathname));
  await page.goto(`${url}/lines/01`);
  await page.locator("article.tile").first().waitFor();
  await context.close();
  const built = readdirSync(board, { recursive: true, encoding: "utf8" });
  const loaded = built.filter((name) => paths.has(`/${name}`) || name === "index.html");
  const bytes = (suffix) =>
    loaded
      .map((name) => join(board, name))
      .reduce((sum, path) => sum + statSync(existsSync(path + suffix) ? path + suffix : path).size, 0);
  return {
    files: loaded,
    kb: bytes("") / 1000,
    gzipKb: bytes(".gz") / 1000,
    brotliKb: bytes(".br") / 1000,
    hasParser: loaded.some((name) => name.includes("excelParser")),
  };
}

// ---- the run

const folder = mkdtempSync(join(tmpdir(), "setpoint-bench-board-"));
const board = join(folder, "board");
const out = (...cells) => process.stdout.write(`${cells.join("")}\n`);
const wide = (value, digits = 1) => (typeof value === "number" ? value.toFixed(digits) : value).padStart(12);

async function during(load, measure, machines, files = board) {
  const server = await serve(load, files, machines);
  try {
    return await measure(server.url);
  } finally {
    await server.stop();
  }
}

const PARTS = {
  async main(browser) {
    const found = await during("stream", (url) => mainThread(browser, url));
    out(
      "every machine changing 4 times a second; main thread, % of a core (target 30) and longest task (50 ms)\n",
    );
    out(
      "".padEnd(32),
      ...["CPU %", "wall %", "tiles", "CPU ms", "wall ms", "over 50 ms"].map((name) => wide(name)),
    );
    for (const [
      side,
      { cpuPercent, wallPercent, tiles, longestCpuMs, longestWallMs, longTasks },
    ] of Object.entries(found))
      out(
        side.padEnd(32),
        wide(cpuPercent),
        wide(wallPercent),
        wide(tiles, 0),
        wide(longestCpuMs),
        wide(longestWallMs),
        wide(longTasks, 0),
      );
    return found;
  },
  async plant(browser) {
    const found = await during("plant", (url) => plantPage(browser, url));
    const { cpuPercent, longTasks, shownMs, pictureMs } = found;
    out(
      `\nplant page, 10,000 machines, 1 % changing their status every 5 s: ${cpuPercent.toFixed(1)} % of a core (target 10), ` +
        `${longTasks} tasks over 50 ms, painted ${pictureMs.toFixed(0)} ms after the navigation began (target 1,000), ` +
        `${shownMs.toFixed(0)} ms after the browser was asked for a new window`,
    );
    return found;
  },
  async before(browser) {
    if (!values.before) throw new Error("--before: the checkout of another version was expected");
    const old = join(values.before, "src/setpoint/server/board");
    if (!existsSync(join(old, "index.html"))) throw new Error(`${old} has no board; run make board there`);
    const found = await during("stream", (now) =>
      during("stream", (before) => beside(browser, { now, before }), undefined, old),
    );
    const ratio = found.now.cpuPercent / found.before.cpuPercent;
    out("\na line of 50 tiles, all changing 4 times a second; main thread, % of a core");
    for (const side of ["now", "before"])
      out(`    ${side.padEnd(8)}${wide(found[side].cpuPercent)} ${wide(found[side].tiles, 0)} tiles`);
    out(`    ratio   ${wide(ratio, 2)} (target 1.3)`);
    return { ...found, ratio };
  },
  async heap(browser) {
    const found = await during("stream", (stream) =>
      during("plant", (plant) => heap(browser, stream, plant)),
    );
    out(`\nheap over ${MINUTES} min, after collections, MB`);
    for (const [side, samples] of Object.entries(found))
      out(`    ${side.padEnd(6)} ${samples.map((mb) => mb.toFixed(2)).join(" ")}`);
    return found;
  },
  async ages(browser) {
    const found = await during("ages", async (url) => {
      const [arrived, painted] = await Promise.all([arrivedAges(browser, url), paintedAges(browser, url)]);
      return { arrived: agesOf(arrived), painted: agesOf(painted) };
    });
    out();
    for (const [name, { count, p50Ms, p99Ms }] of Object.entries(found))
      out(
        `age when ${name}: median ${p50Ms} ms, p99 ${p99Ms} ms of ${count} (target ${LINE_CADENCE_MS + 100} ms)`,
      );
    return found;
  },
  async hand(browser) {
    const found = {};
    out();
    for (const rows of [1_000, 10_000]) {
      const ask = async (url) => {
        const plant = await (await fetch(`${url}/api/plant`)).json();
        const machines = plant.lines.flatMap((line) => line.machines.map(({ id }) => id));
        const commits = [];
        for (let round = 0; round < (rows === 1_000 ? ROUNDS : Math.ceil(ROUNDS / 2)); round++)
          commits.push(await dropAndCommit(browser, url, machines, 1_003 + round));
        found[rows] = mediansOf(commits);
        const strokes = [];
        for (let round = 0; round < ROUNDS && rows === 1_000; round++)
          strokes.push(await keystroke(browser, url, round % 2 ? 603 : 2_803));
        if (strokes.length) found.keystroke = mediansOf(strokes);
      };
      await during("simulator", ask, rows);
      const { dropMs, liveMs, commitMs, longestCpuMs, longestWallMs } = found[rows];
      const ms = [dropMs, liveMs, commitMs, longestCpuMs, longestWallMs].map((each) => each.toFixed(0));
      out(
        `${rows} rows: drop to preview ${ms[0]} ms, beside live values ${ms[1]} ms; commit to paint ${ms[2]} ms`,
      );
      out(`    (target 500); the longest task after the click ${ms[3]} ms of CPU, ${ms[4]} ms by the clock`);
    }
    out(
      `keystroke to paint ${found.keystroke.ms.toFixed(0)} ms, an empty frame ${found.keystroke.frameMs.toFixed(0)} ms`,
    );
    return found;
  },
  async bytes(browser) {
    const found = await during("stream", (url) => firstLoad(browser, url, board));
    const { gzipKb, brotliKb, kb, hasParser } = found;
    out(
      `\nfirst load: ${brotliKb.toFixed(0)} KB as brotli, ${gzipKb.toFixed(0)} as gzip, ${kb.toFixed(0)} plain (target 160 as brotli), the parser ${hasParser ? "among them" : "not among them"}`,
    );
    return found;
  },
};

let browser;
try {
  await build({ root: ROOT, logLevel: "error", build: { outDir: board, emptyOutDir: true } });
  await build({
    root: fileURLToPath(new URL(".", import.meta.url)),
    configFile: false,
    logLevel: "error",
    base: "/selector/",
    build: {
      outDir: join(board, "selector"),
      rollupOptions: { input: fileURLToPath(new URL("board.selector.html", import.meta.url)) },
    },
  });
  browser = await chromium.launch({
    ...(existsSync("/usr/bin/chromium") && { executablePath: "/usr/bin/chromium" }),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const results = { bench: "browser-board", rounds: ROUNDS };
  for (const part of values.part) results[part] = await PARTS[part](browser);
  results.loadAverage = loadavg();
  out(`\nmedians of ${ROUNDS} rounds; load average ${results.loadAverage[0].toFixed(1)}`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}
