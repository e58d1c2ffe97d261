/** Draws the icons of the web manifest from `public/favicon.svg`: `node pictures/icons.mjs`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "./browser.mjs";

const folder = join(import.meta.dirname, "../public");
const svg = readFileSync(join(folder, "favicon.svg"), "utf8");
/** Systems cut a maskable icon to any shape, so the important part stays in its middle. */
const ICONS = [
  { name: "icon-192.png", size: 192, scale: 1, ground: "transparent" },
  { name: "icon-512.png", size: 512, scale: 1, ground: "transparent" },
  { name: "icon-maskable-512.png", size: 512, scale: 0.75, ground: "#1f2428" },
];

const browser = await launch();
for (const { name, size, scale, ground } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const px = size * scale;
  await page.setContent(
    `<style>body{margin:0;height:100vh;display:grid;place-items:center;background:${ground}}svg{width:${px}px;height:${px}px}</style>${svg}`,
  );
  writeFileSync(join(folder, name), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
