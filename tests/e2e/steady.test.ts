/** A steady layout: a lost connection or a stop moves nothing at any width, and a phone shows notes in full. */
import type { Page } from "@playwright/test";
import { expect, HEADER, test, upload, workbook } from "./board.ts";
import { servePages, visit } from "./everyPage.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";
import { IS_FULL } from "./full.ts";
import { faultsOfGeometry } from "./geometry.ts";

const WIDTHS = IS_FULL
  ? [320, 360, 390, 480, 600, 700, 720, 900, 1024, 1100, 1280, 1400, 1440, 1600, 1680, 1920, 2560]
  : [360, 390, 700, 1024, 1100, 1440];
const RUNNING: Values = { status: "RUNNING", since: 1, quality: "GOOD", speed: 1200, targetSpeed: 1200 };
const LINE = lineOf("01", 40);

/** The positions of the parts of the page, at each width. */
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
  test(`a lost connection and a stop move nothing at any width (${lang})`, async ({ page }) => {
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

test("the long notes of a preview can be read in full on a phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const records = Object.fromEntries(LINE.machines.map(({ key }) => [key, RUNNING]));
  const server = await FakeServer.on(page, { lines: [LINE] }, records);
  await page.goto(`${server.url}/upload`);
  const rows = [9_999, 8_888, 1_300].map((speed, at) => [`m:01${at}`, speed, null]);
  rows.push(["m:99999", 900, null]);
  await upload(page, "plan.xlsx", workbook([HEADER, ...rows]));
  const notes = page.locator("tbody td.col-note");
  await expect(notes.first()).toContainText("not 9999");
  const cut = await notes.evaluateAll(
    (all) =>
      all.filter(
        (each) => each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1,
      ).length,
  );
  expect(cut).toBe(0);
  // A row about an unknown machine has no field, and leaves no empty line for it.
  const unknown = page.locator("tbody tr", { hasText: "m:99999" });
  const [first, note] = [unknown.locator(".col-machine"), unknown.locator(".col-note")];
  const [above, below] = [await first.boundingBox(), await note.boundingBox()];
  expect((below?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0)).toBeLessThan(8);
  expect(await page.evaluate(faultsOfGeometry, "body")).toEqual([]);
});

for (const lang of ["en", "de"])
  test(`a batch that is not looked at yet does not make the header of a laptop higher (${lang})`, async ({
    page,
  }) => {
    await page.addInitScript(() => {
      const batch = { txId: "β", name: "night-shift-of-the-second-hall.xlsx", leftOut: 0, rows: {} };
      sessionStorage.setItem(
        "setpoint.sent",
        JSON.stringify([{ ...batch, notSent: [], unchanged: [], isSeen: false }]),
      );
    });
    const server = await servePages(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await visit(page, server, "/", lang);
    await expect(page.locator(".batch-chip")).toBeVisible();
    const height = () => page.locator(".header").evaluate((header) => header.clientHeight);
    const rem = await page.evaluate(() =>
      Number.parseFloat(getComputedStyle(document.documentElement).fontSize),
    );
    for (const width of [1280, 1366, 1440, 1680]) {
      await page.setViewportSize({ width, height: 800 });
      expect(await height(), `${width} px`).toBeLessThanOrEqual(3 * rem);
    }
  });
