/**
 * The cost of one delta for the store in Chromium, compared with the specification's selector in the same page.
 *
 *     npm run bench:store [-- --json OUT]
 *
 * The target is a ratio: a delta takes at least 30 times less time, also through `useMachineStore`, and makes 20 times
 * less garbage. A bench is not a test, so it asserts nothing.
 */
import { existsSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { build } from "vite";

/** `collected` deltas measure garbage. Each needs two collections of the whole heap, which take longest. */
const SIZE = { machines: 10_000, changed: 1_000, locks: 500, deltas: 60, collected: 6 };
/** The first third of each side's samples does not count, because its code is not compiled yet. */
const WARM_UP = 1 / 3;
const ROUNDS = 5;

const { values } = parseArgs({ options: { json: { type: "string" } } });

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

const bundle = await build({
  configFile: false,
  logLevel: "error",
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    write: false,
    lib: {
      entry: fileURLToPath(new URL("store.page.ts", import.meta.url)),
      name: "bench",
      formats: ["iife"],
    },
  },
});
const [{ output }] = Array.isArray(bundle) ? bundle : [bundle];

const browser = await chromium.launch({
  ...(existsSync("/usr/bin/chromium") && { executablePath: "/usr/bin/chromium" }),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc --min-semi-space-size=64 --max-semi-space-size=64",
  ],
});
const rounds = [];
try {
  for (let round = 0; round < ROUNDS; round++) {
    const page = await browser.newPage();
    await page.addScriptTag({ content: output[0].code });
    rounds.push(await page.evaluate((size) => window.bench.run(size), SIZE));
    await page.close();
  }
} finally {
  await browser.close();
}

const figures = Object.fromEntries(
  ["spec", "ours", "hooked", "plain", "decode"].map((side) => {
    const settled = (what) =>
      median(rounds.flatMap((round) => round[side][what].slice(round[side][what].length * WARM_UP)));
    return [side, { ms: settled("ms"), garbageKb: settled("garbageBytes") / 1024 }];
  }),
);
const ratio = {
  time: figures.spec.ms / figures.ours.ms,
  hookedTime: figures.spec.ms / figures.hooked.ms,
  garbage: figures.spec.garbageKb / figures.ours.garbageKb,
};
const names = {
  spec: "the specification's selector",
  ours: "our store",
  hooked: "our store, useMachineStore",
  plain: "our store, zustand's useStore",
  decode: "reading the delta, all sides",
};
process.stdout.write(
  `one delta: ${SIZE.machines} machines, ${SIZE.changed} changed, ${SIZE.locks} locks; median of ${ROUNDS} rounds\n\n`,
);
for (const [side, { ms, garbageKb }] of Object.entries(figures)) {
  process.stdout.write(
    `${names[side].padEnd(30)} ${ms.toFixed(2).padStart(8)} ms ${garbageKb.toFixed(0).padStart(8)} KB\n`,
  );
}
process.stdout.write(
  `\n${ratio.time.toFixed(1)} × less time (target 30), ${ratio.hookedTime.toFixed(1)} × through useMachineStore, ${ratio.garbage.toFixed(1)} × less garbage (target 20)\n`,
);
if (values.json) {
  writeFileSync(values.json, `${JSON.stringify({ bench: "store", size: SIZE, figures, ratio }, null, 2)}\n`);
}
