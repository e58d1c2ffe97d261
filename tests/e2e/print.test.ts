/** Printed pages: every machine and every row, within the width of the sheet, and no control. */
import { expect, test } from "./board.ts";
import { PAGES, servePages, visit } from "./everyPage.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";
import { IS_FULL } from "./full.ts";
import { faultsOfGeometry } from "./geometry.ts";
import { patient } from "./patience.ts";

/** A portrait sheet of A4 with its margins, in CSS pixels. */
const SHEET = { width: 703, height: 1_000 };
const SCREEN = { width: 1280, height: 800 };
const MANY_CONTROLS = ["/lines/01?trends=1", "/machines/m:011", "/events"];
const RUNNING: Values = { status: "RUNNING", since: 1, quality: "GOOD", speed: 1204, targetSpeed: 1200 };

/**
 * Returns controls that print no data. A button's text may be data, such as a machine's number or a count, and so may a
 * chosen or filled-in value.
 */
function controls(): string[] {
  const found = document.querySelectorAll("select, input, textarea, button, a.button, summary");
  return [...found]
    .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest(".unseen"))
    .filter((each) => !each.matches(".tile-id, .reason, .cell, th > button, .legend button"))
    .filter((each) => !(each instanceof HTMLInputElement && each.value !== ""))
    .filter((each) => !(each instanceof HTMLSelectElement && each.selectedIndex > 0))
    .map((each) => each.outerHTML.slice(0, 120));
}

test("no page prints a control, and every page fits an upright sheet", async ({ page }) => {
  test.setTimeout(patient(120_000));
  const server = await servePages(page);
  for (const [path, shown] of IS_FULL ? PAGES : PAGES.filter(([each]) => MANY_CONTROLS.includes(each))) {
    await page.emulateMedia({ media: "screen" });
    await visit(page, server, path, "en");
    await expect(page.locator(shown).first()).toBeVisible();
    await page.emulateMedia({ media: "print" });
    await page.setViewportSize(SHEET);
    expect(await page.evaluate(controls), path).toEqual([]);
    await expect.poll(() => page.evaluate(faultsOfGeometry, "body"), path).toEqual([]);
    await page.setViewportSize(SCREEN);
  }
});

test("a filter is printed where it is set", async ({ page }) => {
  const server = await servePages(page);
  await visit(page, server, "/events?machine=m:011&hours=24", "en");
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("textbox", { name: "Machine" })).toHaveValue("m:011");
  await expect(page.getByRole("textbox", { name: "Machine" })).toBeVisible();
  await expect(page.getByLabel("When")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Line" })).toBeHidden();
});

test("what was scrolled out of sight is printed too", async ({ page }) => {
  const lines = Array.from({ length: 40 }, (_, index) => lineOf(String(index + 1).padStart(2, "0"), 50));
  const records = Object.fromEntries(
    lines.flatMap(({ machines }) => machines.map(({ key }) => [key, RUNNING])),
  );
  const server = await FakeServer.on(page, { lines }, records);
  await page.setViewportSize({ width: 1280, height: 400 });
  for (const [path, each, count] of [
    ["/lines/01", "article.tile", 50],
    ["/", ".wall-row", 40],
  ] as const) {
    await page.emulateMedia({ media: "screen" });
    await page.goto(server.url + path);
    await expect(page.locator(each).first()).toBeVisible();
    expect(await page.locator(each).count()).toBeLessThan(count);
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    await page.emulateMedia({ media: "print" });
    await expect(page.locator(each)).toHaveCount(count);
    await page.setViewportSize(SHEET);
    await expect.poll(() => page.evaluate(faultsOfGeometry, "body"), path).toEqual([]);
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    await page.setViewportSize({ width: 1280, height: 400 });
  }
});

/** Counts opaque points of the chart that would be invisible on white paper. */
function faintPoints(canvas: HTMLCanvasElement): number {
  const ink = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
  let found = 0;
  for (let at = 0; at < ink.length; at += 4)
    if (ink[at + 3] === 255 && Math.min(ink[at] ?? 0, ink[at + 1] ?? 0, ink[at + 2] ?? 0) > 220) found += 1;
  return found;
}

test("a chart of a dark page is printed in colours that are visible on paper, with the date of printing", async ({
  page,
}) => {
  const server = await servePages(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await visit(page, server, "/machines/m:011", "en");
  const chart = page.locator(".chart canvas");
  await expect.poll(() => chart.evaluate(faintPoints)).toBeGreaterThan(0);
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await expect.poll(() => chart.evaluate(faintPoints)).toBe(0);
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".header")).toContainText(/Printed \d+ \w+ \d{4}/);
  await page.emulateMedia({ media: "screen" });
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await expect.poll(() => chart.evaluate(faintPoints)).toBeGreaterThan(0);
  await expect(page.locator(".header")).not.toContainText("Printed");
});
