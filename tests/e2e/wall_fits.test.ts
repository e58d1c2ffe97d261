/** The wall of a thousand machines fits on a laptop's first screen, has the worst line first, and a legend with counts. */
import type { Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";
import { faultsOfGeometry } from "./geometry.ts";
import { patient } from "./patience.ts";

const LINES = Array.from({ length: 20 }, (_, index) => lineOf(String(index + 1).padStart(2, "0"), 50));
const RUNNING: Values = {
  status: "RUNNING",
  since: 1,
  quality: "GOOD",
  seen: null,
  speed: 1,
  targetSpeed: 1,
};

async function wall(page: Page): Promise<FakeServer> {
  const records = Object.fromEntries(
    LINES.flatMap(({ machines }) => machines.map(({ key }) => [key, RUNNING])),
  );
  records.m_0310 = { ...RUNNING, status: "MAINTENANCE_LOCK" };
  records.m_175 = { ...RUNNING, status: "EMERGENCY_STOP" };
  records.m_1249 = { ...RUNNING, status: "IDLE" };
  records.m_0849 = { ...RUNNING, quality: "OFFLINE", seen: 1 };
  const server = await FakeServer.on(page, { lines: LINES }, records);
  await page.goto(server.url);
  await expect(page.locator("[data-cell]").first()).toBeVisible();
  return server;
}

const lines = (page: Page) => page.locator(".wall-row .wall-line strong").allInnerTexts();

/** Orders the rows by position, because they are mounted in any order. */
async function firstLines(page: Page): Promise<string[]> {
  return page.locator(".wall-row").evaluateAll((rows) =>
    rows
      .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
      .slice(0, 3)
      .map((row) => row.querySelector("strong")?.textContent ?? ""),
  );
}

test("a thousand machines fit on the first screen of a laptop, one line in each row", async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await wall(page);
  await expect.poll(async () => (await lines(page)).length).toBe(20);
  const countCells = () =>
    page.locator("[data-cell]").evaluateAll((cells) => {
      const boxes = cells.map((cell) => cell.getBoundingClientRect());
      const inside = boxes.filter(
        (box) => box.top >= 0 && box.bottom <= innerHeight && box.right <= innerWidth,
      );
      return { inside: inside.length, rows: new Set(boxes.map((box) => Math.round(box.top))).size };
    });
  await expect.poll(countCells).toEqual({ inside: 1_000, rows: 20 });
});

test("the line with the worst trouble is first, and a line moves up when trouble begins", async ({
  page,
}) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const server = await wall(page);
  await expect.poll(() => firstLines(page)).toEqual(["17", "03", "08"]);
  server.report({
    m_0920: { status: "EMERGENCY_STOP", since: 2 },
    m_0921: { status: "EMERGENCY_STOP", since: 2 },
  });
  await expect.poll(() => firstLines(page)).toEqual(["09", "17", "03"]);
});

test("the legend counts each state and leaves only its machines in colour", async ({ page }) => {
  await wall(page);
  for (const words of ["2 in trouble", "1 not live", "1 idle", "996 running"])
    await expect(page.getByRole("button", { name: words, exact: true })).toBeVisible();
  await page.getByRole("button", { name: "2 in trouble", exact: true }).click();
  await expect(page.locator('[data-cell="m_175"]')).not.toHaveClass(/is-faint/);
  await expect(page.locator('[data-cell="m_170"]')).toHaveClass(/is-faint/);
});

test("no text of the wall is truncated or covered at any width", async ({ page }) => {
  test.setTimeout(patient(120_000));
  await wall(page);
  for (const width of [360, 390, 720, 1024, 1280, 1366, 1440, 1680, 1920, 2560, 3840]) {
    await page.setViewportSize({ width, height: 900 });
    await expect
      .poll(() => page.locator(".plant-wall").evaluate((wall) => wall.scrollWidth <= wall.clientWidth))
      .toBe(true);
    await expect.poll(() => page.evaluate(faultsOfGeometry, "body"), `${width} px`).toEqual([]);
  }
});
