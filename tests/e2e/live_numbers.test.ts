/** Numbers that change many times a second move nothing, and cause layout only of themselves. */
import type { Browser, Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";

const RUNNING: Values = {
  status: "RUNNING",
  since: 1,
  quality: "GOOD",
  speed: 1200,
  temp: 33.9,
  targetSpeed: 1200,
  mode: "RUN",
};
const LINE = lineOf("01", 40);
const NUMBERS = [".tile-actual .hot", ".tile-other .hot"];

/** A line on which only the test changes anything. The page's clock is stopped. */
async function stillLine(page: Page): Promise<FakeServer> {
  await page.clock.install();
  const records = Object.fromEntries(LINE.machines.map(({ key }) => [key, RUNNING]));
  const server = await FakeServer.on(page, { lines: [LINE] }, records);
  await page.goto(`${server.url}/lines/01`);
  await expect(page.locator(".is-connected")).toBeVisible();
  await shows(page, "1,200", "33.9");
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
  return server;
}

const tile = (page: Page) => page.locator('[data-machine="m_010"]');

async function shows(page: Page, ...texts: string[]): Promise<void> {
  for (const [at, text] of texts.entries())
    await expect(tile(page).locator(NUMBERS[at] as string)).toHaveText(text);
}

/** Says for each layout during `run` whether it was limited to parts of the page. */
async function layoutsDuring(browser: Browser, page: Page, run: () => Promise<void>): Promise<boolean[]> {
  await page.evaluate(() => document.body.offsetHeight); // a pending layout does not count
  await browser.startTracing(page, { categories: ["devtools.timeline"] });
  await run();
  await page.evaluate(() => document.body.offsetHeight);
  const { traceEvents } = JSON.parse(String(await browser.stopTracing()));
  return traceEvents
    .filter(({ name }: { name: string }) => name === "Layout")
    .map(({ args }: { args: { beginData: { partialLayout: boolean } } }) => args.beginData.partialLayout);
}

/** The position of everything on the tile, except the numbers and drawings themselves. */
const places = (page: Page) =>
  tile(page).evaluate((article) =>
    [...article.querySelectorAll(":not(.own-layout, path, .deviation-bar)")].map((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      return [each.getAttribute("class"), x, y, width, height].join(" ");
    }),
  );

test("a number with other digits moves nothing, and no tile is laid out for it", async ({
  page,
  browser,
}) => {
  const server = await stillLine(page);
  const before = await places(page);
  const layouts = await layoutsDuring(browser, page, async () => {
    server.report({ m_010: { speed: 1_347, temp: 45.1 } });
    await shows(page, "1,347", "45.1");
  });
  expect(layouts).toContain(true);
  expect(layouts).not.toContain(false);
  expect(await places(page)).toEqual(before);
});

test("a number has exactly the room that it needs, however long it becomes", async ({ page }) => {
  const server = await stillLine(page);
  for (const [speed, temp] of [
    ["1,200", "33.9"],
    ["7", "-4.5"],
    ["12,345", "1,234.5"],
    ["–", "–"],
  ] as const) {
    const value = (text: string) => (text === "–" ? null : Number(text.replace(",", "")));
    server.report({ m_010: { speed: value(speed), temp: value(temp) } });
    await shows(page, speed, temp);
    const rooms = await tile(page).evaluate((article) =>
      [...article.querySelectorAll(".hot")].map((hot) => {
        const range = document.createRange();
        range.selectNodeContents(hot.querySelector(".own-layout") as Element);
        const [text, room] = [range.getBoundingClientRect(), hot.getBoundingClientRect()];
        const unit = hot.nextElementSibling as Element;
        range.selectNodeContents(unit);
        const baseline = (element: Element) => {
          const mark = document.createElement("img");
          element.append(mark);
          const { bottom } = mark.getBoundingClientRect();
          mark.remove();
          return bottom;
        };
        return {
          missing: text.width - room.width,
          overlap: text.right - range.getBoundingClientRect().left,
          apart: Math.abs(baseline(hot.querySelector(".own-layout") as Element) - baseline(unit)),
          spare: room.width - text.width,
          isReserved: hot.matches(".tile-actual .hot"),
        };
      }),
    );
    expect(rooms).toHaveLength(2);
    for (const { missing, overlap, apart, spare, isReserved } of rooms) {
      expect(missing, speed).toBeLessThan(0.5);
      expect(overlap, speed).toBeLessThan(0.5);
      expect(apart, speed).toBeLessThan(0.5);
      if (!isReserved) expect(spare, temp).toBeLessThan(0.5);
    }
  }
});
