/**
 * The pictures of README.md:
 *
 *     setpoint demo --calm --no-browser --machines 1000 --port 8931 &
 *     node pictures/readme.mjs http://127.0.0.1:8931 [plant.png…]
 */
import { join } from "node:path";
import { Demo, launch, PATIENCE_MS, planned } from "./browser.mjs";

const [url, ...only] = process.argv.slice(2);
if (!url) throw new Error("the address of a demo was expected");
const folder = join(import.meta.dirname, "../../docs/images");

const demo = new Demo(url);
const [first, second] = [await demo.machines(0), await demo.machines(5)];
await demo.simulate(first[1], { status: "EMERGENCY_STOP" });
await demo.simulate(first[3], { status: "MAINTENANCE_LOCK" });
await demo.simulate(second[17], { status: "FAULT" });
await demo.simulate(second[30], { status: "SAFETY_INTERLOCK" });

const browser = await launch();

/** Waits `wait` seconds first, because the last minute on the tiles needs some time. */
async function shoot(name, path, { width, height, theme = "light", wait = 4, act }) {
  if (only.length > 0 && !only.includes(name)) return;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const address = new URL(path, url);
  address.searchParams.set("user", demo.user);
  address.searchParams.set("lang", "en");
  await page.goto(address.href);
  await page.waitForTimeout(wait * 1_000);
  await act?.(page);
  await page.locator(".is-connected").waitFor();
  await page.screenshot({ path: join(folder, name) });
  await context.close();
}

await shoot("plant.png", "/", { width: 1440, height: 900 });
await shoot("line.png", "/lines/01", {
  width: 1280,
  height: 800,
  wait: 30,
  act: async (page) => {
    // Even a slow machine may have answered before a busy browser takes the picture.
    await demo.simulate(first[4], { fault: "freeze" });
    const answered = demo.change({ [first[4]]: { targetSpeed: 1250 } }).catch(() => {});
    await page.locator(".set-pending").first().waitFor();
    void answered;
  },
});
await shoot("preview.png", "/upload", {
  width: 1280,
  height: 640,
  act: async (page) => {
    await page.locator('input[type="file"]').first().setInputFiles(planned(first));
    await page.waitForTimeout(3_000);
  },
});
await shoot("wall.png", "/?kiosk", { width: 1920, height: 1080, theme: "dark", wait: 8 });
await browser.close();
