/**
 * Contact sheets of every view in five widths, light and dark, in each language.
 *
 *     setpoint demo --calm --no-browser --machines 1000 --port 8931 &
 *     node pictures/sheets.mjs http://127.0.0.1:8931 /tmp/sheets [view…]
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Demo, launch, PATIENCE_MS, planned } from "./browser.mjs";

const [url, folder, ...only] = process.argv.slice(2);
if (!url || !folder) throw new Error("the address of a demo and a folder for the sheets were expected");

/** These choose fewer pictures, for example `WIDTHS=390,1440 THEMES=dark LANGUAGES=de`. */
const chosen = (name, usual) => (process.env[name] ?? usual).split(",");
const WIDTHS = chosen("WIDTHS", "390,720,1280,1920,2560").map(Number);
/** The wall is made for large screens. */
const WALL_WIDTHS = chosen("WIDTHS", "720,1280,1920,2560,3840").map(Number);
const THEMES = chosen("THEMES", "light,dark");
const LANGUAGES = chosen("LANGUAGES", "en,de");

const demo = new Demo(url);
const machines = await demo.machines();
await demo.simulate(machines[1], { status: "EMERGENCY_STOP" });
await demo.simulate(machines[2], { status: "FAULT" });
await demo.simulate(machines[3], { status: "MAINTENANCE_LOCK" });
await demo.simulate(machines[6], { fault: "refuse" });
const txId = await demo.change({
  [machines[4]]: { targetSpeed: 1111 },
  [machines[1]]: { targetSpeed: 900 },
  [machines[6]]: { targetSpeed: 1000 },
});

const machinePath = `/machines/${machines[4].replace("_", ":")}`;
const VIEWS = {
  plant: { path: "/" },
  line: { path: "/lines/01" },
  dense: { path: "/lines/01?tiles=dense" },
  large: { path: "/lines/01?tiles=large" },
  editor: { path: "/lines/01", act: (page) => page.locator(`[data-tile="${machines[4]}"]`).click() },
  trends: { path: "/lines/01?trends=1" },
  machine: { path: machinePath },
  stopped: { path: `/machines/${machines[1].replace("_", ":")}` },
  upload: { path: "/upload" },
  preview: {
    path: "/upload",
    act: (page) => page.locator('input[type="file"]').first().setInputFiles(planned(machines)),
  },
  batches: { path: "/batches" },
  batch: { path: `/batches/${txId}` },
  events: { path: "/events" },
  alarms: { path: "/alarms" },
  shifts: { path: "/shifts" },
  account: { path: "/account" },
  people: { path: "/people" },
  limits: { path: "/limits" },
  security: { path: "/security" },
  "plant-file": { path: "/plant-file" },
  held: { path: "/held" },
  box: { path: "/", act: (page) => page.keyboard.press("Control+k") },
  keys: { path: "/", act: (page) => page.keyboard.press("?") },
  attention: { path: "/", act: (page) => page.locator(".alert-more").click() },
  nowhere: { path: "/nowhere" },
  wall: { path: "/?kiosk", widths: WALL_WIDTHS },
};

mkdirSync(folder, { recursive: true });
const browser = await launch();
const wanted = Object.entries(VIEWS).filter(([name]) => only.length === 0 || only.includes(name));
for (const [name, view] of wanted)
  for (const language of LANGUAGES) {
    const shots = [];
    for (const theme of THEMES) shots.push(...(await shoot(view, language, theme)));
    const path = join(folder, `${name}-${language}.png`);
    writeFileSync(path, await sheetOf(shots));
    process.stdout.write(`${path}\n`);
  }
await browser.close();

/** Uses one page for all widths, so that acts on it stay. */
async function shoot({ path, act, widths = WIDTHS }, lang, theme) {
  const context = await browser.newContext({
    viewport: sizeOf(widths[widths.length >> 1]),
    colorScheme: theme,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const address = new URL(path, url);
  address.searchParams.set("user", demo.user);
  address.searchParams.set("lang", lang);
  await page.goto(address.href);
  await page.waitForTimeout(1_500);
  await act?.(page);
  const shots = [];
  for (const width of widths) {
    await page.setViewportSize(sizeOf(width));
    await page.waitForTimeout(700);
    shots.push([`${theme} ${width}`, await page.screenshot(), width]);
  }
  await context.close();
  return shots;
}

function sizeOf(width) {
  return { width, height: Math.round(Math.max(width * 0.5625, 800)) };
}

/** Puts the pictures side by side with their names, one row for each theme. */
async function sheetOf(shots) {
  const page = await browser.newPage({ viewport: { width: 2_000, height: 600 } });
  const figures = shots.map(
    ([name, picture]) =>
      `<figure><img src="data:image/png;base64,${picture.toString("base64")}"><figcaption>${name}</figcaption></figure>`,
  );
  const columns = shots
    .slice(0, shots.length / THEMES.length)
    .map(([, , width]) => (width < 1_000 ? "1fr" : "2fr"))
    .join(" ");
  await page.setContent(
    `<style>body{display:grid;grid-template-columns:${columns};gap:8px;margin:8px;font:12px sans-serif}
    figure{margin:0}img{width:100%;border:1px solid #888}</style>${figures.join("")}`,
  );
  await page.waitForTimeout(300);
  const picture = await page.screenshot({ fullPage: true });
  await page.close();
  return picture;
}
