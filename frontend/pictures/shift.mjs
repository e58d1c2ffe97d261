/**
 * The picture of a shift's report of last night on line 02:
 *
 *     setpoint demo --no-browser --history 7d --port 8932 &
 *     node pictures/shift.mjs http://127.0.0.1:8932
 */
import { join } from "node:path";
import { Demo, launch, PATIENCE_MS } from "./browser.mjs";

const [url] = process.argv.slice(2);
if (!url) throw new Error("the address of a demo was expected");

const demo = new Demo(url);
const { shifts } = await demo.ask("/api/shifts");
const night = shifts.find(({ name, until }) => name === "Night" && until < Date.now() / 1000);

const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
page.setDefaultTimeout(PATIENCE_MS);
await page.goto(`${url}/shifts?shift=${night.since}&line=02&user=${demo.user}&lang=en`);
await page.getByRole("heading", { name: "Losses" }).waitFor();
await page.screenshot({ path: join(import.meta.dirname, "../../docs/images/shift.png") });
await browser.close();
