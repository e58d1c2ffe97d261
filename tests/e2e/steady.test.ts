/** What comes and goes moves nothing below it: a lost connection, a stop, a count; at every width, in both languages. */
import type { Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";
import { IS_FULL } from "./full.ts";

const WIDTHS = IS_FULL
  ? [320, 360, 390, 480, 600, 700, 720, 900, 1024, 1100, 1280, 1400, 1440, 1600, 1680, 1920, 2560]
  : [360, 390, 700, 1024, 1100, 1440];
const RUNNING: Values = { status: "RUNNING", since: 1, quality: "GOOD", speed: 1200, targetSpeed: 1200 };
const LINE = lineOf("01", 40);

/** Where the parts of the page begin, at each width. */
async function places(page: Page): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 844 });
    found[width] = await page.evaluate(() =>
      [".header", ".alert-bar", "main", "main h1", ".legend", ".plant-wall"]
        .map((selector) => document.querySelector(selector)?.getBoundingClientRect())
        .map((box) => box?.top)
        .join(" · "),
    );
  }
  return found;
}

for (const lang of ["en", "de"])
  test(`a connection that is lost, and a stop, move nothing at any width (${lang})`, async ({ page }) => {
    await page.clock.install();
    const records = Object.fromEntries(LINE.machines.map(({ key }) => [key, RUNNING]));
    const server = await FakeServer.on(page, { lines: [LINE] }, records);
    await page.goto(`${server.url}/?lang=${lang}`);
    await expect(page.locator(".is-connected")).toBeVisible();
    await expect(page.locator("[data-cell]").first()).toBeVisible();
    await expect(page.locator(".legend")).toContainText("40");
    const before = await places(page);

    server.report({ m_013: { ...RUNNING, status: "EMERGENCY_STOP", speed: 0 } });
    await expect(page.locator(".alert-chip")).toHaveCount(1);
    expect(await places(page)).toEqual(before);

    server.isSilent = true;
    await page.clock.runFor(7_000);
    await expect(page.locator(".is-stale.connection")).toBeVisible();
    expect(await places(page)).toEqual(before);

    await server.drop();
    await expect(page.locator(".disconnected-bar")).toBeVisible();
    expect(await places(page)).toEqual(before);
  });
