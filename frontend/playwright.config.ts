/** The end-to-end tests: the real server with a seeded simulator under a real Chromium. */
import { existsSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { defineConfig } from "@playwright/test";

/** The first that is there. Chromium's headless shell is the same engine without a window around the page. */
const SYSTEM_CHROMIUM = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"].map(
  (name) => `/usr/bin/${name}`,
);
const executablePath = process.env.SETPOINT_CHROMIUM ?? SYSTEM_CHROMIUM.find((path) => existsSync(path));
/** As in tests/e2e/patience.ts, which this module cannot import: that folder holds CommonJS. */
const busy = 1 + (loadavg()[0] ?? 0) / cpus().length;
/** The files that take longest begin first, so that at the end no worker waits for the other. */
const LONGEST = ["workbook", "tiles", "screens", "layer_package"].map((name) => `**/${name}.test.ts`);

export default defineConfig({
  testDir: "../tests/e2e",
  outputDir: "test-results",
  // Limits only end what never comes; they grow with the load of the machine.
  timeout: 60_000 * busy,
  expect: { timeout: 10_000 * busy },
  // Each file has a server of its own, and much of a test is waiting: two files at a time. A page that gets no processor
  // for 3 s loses its connection (HB-1).
  workers: 2,
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"]],
  projects: [
    { name: "longest", testMatch: LONGEST },
    { name: "others", testIgnore: LONGEST },
  ],
  use: {
    viewport: { width: 1280, height: 800 },
    // What a page did, and its picture where it failed. A picture of every step would cost more than the steps.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
    screenshot: "only-on-failure",
    launchOptions: {
      ...(executablePath ? { executablePath } : {}),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
