import type { Page } from "@playwright/test";
import { expect, open, reported, setPoint, test, tile } from "./board.ts";
import { patient } from "./patience.ts";
import { Network } from "./proxy.ts";
import { DemoServer } from "./server.ts";

let server: DemoServer;
let network: Network;
test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
  network = await Network.to(server.port);
});
test.afterAll(async () => {
  await network.close();
  await server.stop();
});

const state = (page: Page) => page.getByRole("region", { name: "Connection" }).getByRole("status");

test("when the server is killed and restarted, the page says so, loses its colour, and is live again by itself", async ({
  page,
}) => {
  await open(page, `${server.url}/lines/01?user=anna`);
  await expect(tile(page, "m_401")).toHaveAttribute("data-status", "RUNNING");
  await server.kill();
  await expect(state(page)).toHaveText(/Disconnected|Connecting/);
  const bar = page.getByRole("alert");
  await expect(bar).toContainText(/Shown: what was known at \d\d:\d\d:\d\d/);
  await expect(tile(page, "m_401")).toHaveClass(/is-stale/);
  await expect(page.locator("html")).toHaveAttribute("data-link", /disconnected|connecting/);

  await server.start();
  await expect(state(page)).toHaveText("Connected", { timeout: patient(40_000) });
  await expect(bar).toHaveCount(0);
  await expect(tile(page, "m_401")).not.toHaveClass(/is-stale/);
  await expect(tile(page, "m_401")).toHaveAttribute("data-status", /\w+/);
});

test("after the network was cut, nothing looks live until its snapshot has arrived", async ({ page }) => {
  await open(page, `${network.url}/lines/02?user=anna`);
  await expect(tile(page, "m_411")).toHaveAttribute("data-status", "RUNNING");
  const before = await reported(page, "m_411");
  network.cut();
  await expect(state(page)).toHaveText(/Disconnected|Connecting/);
  await expect(tile(page, "m_411")).toHaveClass(/is-stale/);
  const target = before > 1500 ? before - 120 : before + 120;
  await server.give({ m_411: { targetSpeed: target } }, "ben");
  await expect(setPoint(page, "m_411").locator(".set-value")).toHaveText(before.toLocaleString("en-GB"));
  network.heal();
  await expect(state(page)).toHaveText("Connected", { timeout: patient(40_000) });
  await expect(setPoint(page, "m_411").locator(".set-value")).toHaveText(target.toLocaleString("en-GB"));
  await expect(tile(page, "m_411")).not.toHaveClass(/is-stale/);
});

test("while the page tries to reach the server again, no colour comes back and no tile moves", async ({
  page,
}) => {
  await open(page, `${network.url}/lines/02?user=anna`);
  await expect(tile(page, "m_411")).toHaveAttribute("data-status", "RUNNING");
  const place = () => tile(page, "m_411").evaluate((element) => element.getBoundingClientRect().top);
  const before = await place();
  network.cut();
  await expect(page.locator("html")).toHaveAttribute("data-link", "disconnected");
  const samples = await page.evaluateHandle(() => {
    const samples = { links: [] as (string | undefined)[], tops: [] as number[], tries: 0 };
    let was = "";
    const look = () => {
      const is = document.querySelector(".connection")?.className ?? "";
      if (is !== was && is.includes("is-connecting")) samples.tries += 1;
      was = is;
      samples.links.push(document.documentElement.dataset.link);
      samples.tops.push(document.querySelector('[data-machine="m_411"]')?.getBoundingClientRect().top ?? -1);
    };
    new MutationObserver(look).observe(document, { attributes: true, childList: true, subtree: true });
    return samples;
  });
  // An attempt may last only milliseconds. So the page counts them, because a test that polls may miss them.
  await expect
    .poll(() => samples.evaluate(({ tries }) => tries), { timeout: patient(80_000) })
    .toBeGreaterThanOrEqual(2);
  const { links, tops } = await samples.jsonValue();
  expect(new Set(links)).toEqual(new Set(["disconnected"]));
  expect(new Set(tops)).toEqual(new Set([before]));
  network.heal();
  await expect(state(page)).toHaveText("Connected", { timeout: patient(40_000) });
  expect(await place()).toBe(before);
});

test("when the network falls silent, the page shows “no heartbeat” and counts the age", async ({ page }) => {
  await open(page, `${network.url}/lines/03?user=anna`);
  await expect(tile(page, "m_421")).toHaveAttribute("data-status", "RUNNING");
  network.freeze();
  await expect(state(page)).toHaveText("No heartbeat", { timeout: patient(15_000) });
  await expect(page.getByRole("region", { name: "Connection" })).toContainText(/\d+\ss\sago/);
  await expect(tile(page, "m_421")).toHaveClass(/is-stale/);
  await expect(tile(page, "m_421")).toContainText(/Stale\s\d+\ss\sago/);
  network.heal();
  await expect(state(page)).toHaveText("Connected", { timeout: patient(40_000) });
  await expect(tile(page, "m_421")).not.toHaveClass(/is-stale/);
});

test("a hidden tab pauses after 10 s, its title still shows a stop, and it is live again when shown", async ({
  page,
}) => {
  const frames: string[] = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => frames.push(String(payload))));
  await open(page, `${server.url}/lines/01?user=anna`);
  await expect(tile(page, "m_402")).toHaveAttribute("data-status", "RUNNING");
  await show(page, "hidden");
  await expect
    .poll(() => frames.some((frame) => frame.includes('"pause"')), { timeout: patient(15_000) })
    .toBe(true);
  await server.simulate("m_412", { status: "FAULT" });
  await expect(page).toHaveTitle(/1 critical/);
  await show(page, "visible");
  await expect.poll(() => frames.some((frame) => frame.includes('"resume"'))).toBe(true);
  await expect(tile(page, "m_402")).not.toHaveClass(/is-stale/);
  await expect(page.getByRole("link", { name: /FAULT m:412/ })).toBeVisible();
  await server.simulate("m_412", { status: null });
});

/** Hides or shows the page, as a browser does when the person changes tabs. A headless browser has no other tab. */
async function show(page: Page, visibility: "hidden" | "visible"): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => value });
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value === "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visibility);
}
