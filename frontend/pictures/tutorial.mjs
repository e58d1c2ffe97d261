/**
 * The pictures of docs/tutorial.md, taken by following its steps:
 *
 *     setpoint demo --calm --no-browser --port 8932 &
 *     node pictures/tutorial.mjs http://127.0.0.1:8932
 */
import { join } from "node:path";
import { Demo, launch, PATIENCE_MS, workbook } from "./browser.mjs";

const [url] = process.argv.slice(2);
if (!url) throw new Error("the address of a demo was expected");
const folder = join(import.meta.dirname, "../../docs/images");
const demo = new Demo(url);
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 900, height: 560 }, colorScheme: "light" });
const page = await context.newPage();
page.setDefaultTimeout(PATIENCE_MS);

const addressOf = (path) => {
  const found = new URL(path, url);
  found.searchParams.set("user", demo.user);
  found.searchParams.set("lang", "en");
  return found.href;
};
const shoot = (name) => page.screenshot({ path: join(folder, `tutorial-${name}.png`) });

// An earlier run may have left it there.
await demo.change({ m_401: { targetSpeed: 1080 } });
await page.goto(addressOf("/lines/01"));
await page.locator(".is-connected").waitFor();
await page.waitForTimeout(20_000); // the last minute on the tiles needs some time
await shoot("line");

await page.goto(addressOf("/upload"));
const file = workbook([
  ["Machine ID", "Target Speed", "Mode"],
  ["m:401", 1250, "RUN"],
]);
await page
  .locator('input[type="file"]')
  .first()
  .setInputFiles({ ...file, name: "targets.xlsx" });
const commit = page.getByRole("button", { name: "Change 1 target" });
await commit.waitFor();
await shoot("preview");

await page
  .getByLabel(/Reason/)
  .first()
  .fill("tutorial");
await commit.click();
await page.getByText("applied", { exact: false }).first().waitFor();
await page.waitForTimeout(2_000);
await shoot("outcome");
await browser.close();
