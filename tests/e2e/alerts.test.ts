/** The alert bar, the wall and the phone in an emergency, and what the board shows while it does not know the state. */
import type { Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";
import { IS_FULL } from "./full.ts";
import { faultsOfGeometry } from "./geometry.ts";
import { patient } from "./patience.ts";

const NOW = Date.now() / 1000;
const RUNNING: Values = {
  status: "RUNNING",
  since: NOW - 4_000,
  quality: "GOOD",
  seen: null,
  speed: 1204,
  temp: 33.9,
  targetSpeed: 1200,
  mode: "RUN",
};
const LINES = [lineOf("01", 12, 0), lineOf("02", 12, 0), lineOf("03", 12, 0)];
const KEYS = LINES.flatMap(({ machines }) => machines.map(({ key }) => key));
const running = (): Record<string, Values> => Object.fromEntries(KEYS.map((key) => [key, RUNNING]));
const stopped = (status: string, since = NOW): Values => ({
  ...RUNNING,
  status,
  since,
  speed: 0,
  targetSpeed: 0,
});

function chips(page: Page) {
  return page.locator(".alert-chips > li:not(.is-hidden)");
}

/** The number of visible chips plus those that the bar says it cannot show. */
async function shownAndCounted(page: Page): Promise<number> {
  const more = await page.locator(".alert-more").allInnerTexts();
  return (await chips(page).count()) + Number(/\d+/.exec(more.join(""))?.[0] ?? 0);
}

test("the worst comes first, newer before older, and machines that do not fit are counted", async ({
  page,
}) => {
  const trouble = {
    m_010: stopped("MAINTENANCE_LOCK", NOW - 1),
    m_011: stopped("FAULT", NOW - 2),
    m_012: stopped("SAFETY_INTERLOCK", NOW - 3),
    m_013: stopped("EMERGENCY_STOP", NOW - 400),
    m_014: stopped("EMERGENCY_STOP", NOW - 300),
    m_015: { ...RUNNING, quality: "STALE", seen: NOW - 5 },
    m_016: { ...RUNNING, quality: "OFFLINE", seen: NOW - 90 },
  };
  const server = await FakeServer.on(page, { lines: LINES }, { ...running(), ...trouble });
  await page.goto(server.url);
  await page.getByRole("button", { name: /open the list|List/ }).click();
  const rows = page.getByRole("dialog").locator(".attention > li > a > strong");
  await expect(rows).toHaveText(["m:014", "m:013", "m:012", "m:011", "m:010", "m:016", "m:015"]);
  await page.keyboard.press("Escape");
  for (const width of [390, 1280, 1920]) {
    await page.setViewportSize({ width, height: 844 });
    await expect(chips(page).first()).toContainText("EMERGENCY STOP m:014");
    await expect.poll(() => shownAndCounted(page)).toBe(7);
  }
});

test("three keys or one click open the worst machine in trouble of a thousand, and the next key goes to the next one", async ({
  page,
}) => {
  const lines = Array.from({ length: 20 }, (_, index) => lineOf(String(index + 10), 50));
  const trouble = {
    m_1317: stopped("FAULT", NOW - 2),
    m_142: stopped("EMERGENCY_STOP", NOW - 9),
    m_181: stopped("FAULT", NOW - 1),
  };
  const records = Object.fromEntries(
    lines.flatMap(({ machines }) => machines.map(({ key }) => [key, RUNNING])),
  );
  const server = await FakeServer.on(page, { lines }, { ...records, ...trouble });
  await page.goto(server.url);
  await expect(chips(page)).toHaveCount(3);
  await page.keyboard.press("f");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/machines\/m:142/);
  await page.goBack();
  await page.keyboard.press("f");
  await page.keyboard.press("f");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/machines\/m:181/);
  await page.goBack();
  await chips(page).first().click();
  await expect(page).toHaveURL(/machines\/m:142/);
});

test("a machine whose stop was cleared is listed as not running until it runs", async ({ page }) => {
  const server = await FakeServer.on(
    page,
    { lines: LINES },
    { ...running(), m_010: stopped("EMERGENCY_STOP") },
  );
  await page.goto(server.url);
  await expect(page.getByRole("link", { name: /EMERGENCY STOP m:010/ })).toBeVisible();
  server.report({ m_010: { ...stopped("IDLE") } });
  await expect(page.getByRole("link", { name: /EMERGENCY STOP/ })).toHaveCount(0);
  await expect(page.getByText("Nothing needs attention.")).toHaveCount(0);
  await page.getByRole("link", { name: "1 not running" }).click();
  await expect(page.locator(".cell:not(.is-faint)")).toHaveCount(1);
  await expect(page.locator(".cell:not(.is-faint)")).toHaveAttribute("data-cell", "m_010");
  await page.goto(`${server.url}/lines/01?filter=not-running`);
  await expect(page.locator("article[data-machine]")).toHaveCount(1);
  await expect(page.locator("article[data-machine]")).toHaveAttribute("data-machine", "m_010");
  server.report({ m_010: RUNNING });
  await expect(page.getByText("Nothing needs attention.")).toBeVisible();
});

test("the bar says that nothing needs attention only while the connection is live", async ({ page }) => {
  await page.clock.install();
  const server = await FakeServer.on(page, { lines: LINES }, running());
  await page.goto(server.url);
  await expect(page.getByText("Nothing needs attention.")).toBeVisible();
  server.isSilent = true;
  await page.clock.runFor(7_000);
  await expect(page.getByText("No heartbeat")).toBeVisible();
  await expect(page.getByText("Nothing needs attention.")).toHaveCount(0);
  await expect(page.getByText("What needs attention now is not known.")).toBeVisible();
  await expect(page.locator(".wall-row").first()).toHaveClass(/is-stale/);
  await page.clock.runFor(12_000);
  await expect(page.getByText("Nothing needs attention.")).toHaveCount(0);
});

test("a phone with 20 lines never scrolls sideways, and the editor opens on screen", async ({ page }) => {
  const lines = Array.from({ length: 20 }, (_, index) => lineOf(String(index + 1).padStart(2, "0"), 3));
  const records = Object.fromEntries(
    lines.flatMap(({ machines }) => machines.map(({ key }) => [key, RUNNING])),
  );
  const server = await FakeServer.on(page, { lines }, { ...records, m_010: stopped("EMERGENCY_STOP") });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${server.url}/lines/20`);
  await page.locator('[data-tile="m_201"]').click();
  const box = await page.getByRole("dialog").boundingBox();
  expect(box?.x).toBeGreaterThanOrEqual(0);
  expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390);
  await page.keyboard.press("Escape");
  await expect.poll(() => page.evaluate(faultsOfGeometry, "body")).toEqual([]);
  await page.getByLabel("Line", { exact: true }).selectOption("07");
  await expect(page.getByRole("heading", { name: "Line 07" })).toBeVisible();
});

test("on a phone a stop keeps its name while the connection is silent", async ({ page }) => {
  await page.clock.install();
  const server = await FakeServer.on(
    page,
    { lines: LINES },
    { ...running(), m_010: stopped("EMERGENCY_STOP"), m_011: stopped("FAULT") },
  );
  await page.setViewportSize({ width: 390, height: 844 });
  for (const language of ["en", "de"]) {
    server.isSilent = false;
    await page.goto(`${server.url}/?lang=${language}`);
    await expect(chips(page).first()).toContainText("m:010");
    server.isSilent = true;
    await page.clock.runFor(7_000);
    const counts = page.locator(".alert-counts");
    await expect(
      counts.getByText(language === "en" ? "not live" : "nicht live", { exact: true }),
    ).toBeVisible();
    await expect(chips(page).first()).toContainText("m:010");
    const name = chips(page).first().locator("strong");
    const chip = await chips(page).first().boundingBox();
    const named = await name.boundingBox();
    expect((named?.x ?? 0) + (named?.width ?? 0)).toBeLessThan((chip?.x ?? 0) + (chip?.width ?? 0));
  }
});

for (const [width, height] of [
  [1920, 1080],
  [3840, 2160],
] as const)
  test(`a wall of ${width} px shows each machine whole and large enough to be read from afar, whatever stops`, async ({
    page,
  }) => {
    test.setTimeout(patient(120_000));
    const line = lineOf("01", 50);
    const keys = line.machines.map(({ key }) => key);
    const all = Object.fromEntries(keys.map((key) => [key, RUNNING]));
    await page.setViewportSize({ width, height });
    const server = await FakeServer.on(page, { lines: [line] }, all);
    await page.goto(`${server.url}/?kiosk`);
    await expect(page.locator("[data-status=RUNNING]")).toHaveCount(17); // of 50, on three pages
    let count = 0;
    for (const stops of [0, 1, 5, 40]) {
      server.report(
        Object.fromEntries(
          keys.slice(count, stops).map((key) => [key, stopped(STOPS[stops % 4] ?? "FAULT")]),
        ),
      );
      count = stops;
      if (stops > 0) await expect(page.locator(".wall-tile.is-critical").first()).toBeVisible();
      await expect
        .poll(async () => (await page.locator(".alert-bar").boundingBox())?.height)
        .toBeLessThanOrEqual(height / 8);
      await expect.poll(() => page.evaluate(faultsOfGeometry, "body"), `${stops} stops`).toEqual([]);
      await expect.poll(() => shownAndCounted(page), `${stops} stops`).toBe(stops);
      const cut = await page.locator(".wall-tile").evaluateAll(
        (tiles, high) =>
          tiles.filter((tile) => {
            const parts = [
              ".wall-number",
              ".status-word",
              ".wall-actual .hot",
              ".wall-actual .unit",
              ".set-value",
            ];
            const box = tile.getBoundingClientRect();
            return !parts.every((part) => {
              const own = tile.querySelector(part)?.getBoundingClientRect();
              return own && own.width > 0 && own.bottom <= box.bottom + 1 && box.bottom <= high;
            });
          }).length,
        height,
      );
      expect(cut, `${stops} stops`).toBe(0);
      const sizes = await page
        .locator(":is(.wall-number, .status-word, .wall-actual .hot)")
        .evaluateAll((words) => words.map((word) => Number.parseFloat(getComputedStyle(word).fontSize)));
      expect(Math.min(...sizes), `${stops} stops`).toBeGreaterThan(width / 80);
    }
  });

test("a wall says that a machine is not live in letters as large as the status of the others", async ({
  page,
}) => {
  const line = lineOf("01", 50);
  const records: Record<string, Values> = Object.fromEntries(
    line.machines.map(({ key }, at) => [
      key,
      at % 2 ? RUNNING : { ...RUNNING, quality: "OFFLINE", seen: NOW },
    ]),
  );
  for (const count of IS_FULL ? [3, 12, 50] : [50]) {
    const server = await FakeServer.on(page, { lines: [lineOf("01", count)] }, records);
    await page.setViewportSize({ width: 1920, height: 1080 });
    for (const language of ["en", "de"]) {
      await page.goto(`${server.url}/?kiosk&lang=${language}`);
      await expect(page.locator(".wall-tile.is-stale").first()).toBeVisible();
      const sizes = await page
        .locator(".wall-tile .status-word")
        .evaluateAll((words) => words.map((word) => Number.parseFloat(getComputedStyle(word).fontSize)));
      expect(Math.min(...sizes) / Math.max(...sizes), `${count} machines`).toBeGreaterThan(0.7);
      await expect.poll(() => page.evaluate(faultsOfGeometry, "body"), `${count} machines`).toEqual([]);
    }
  }
});

test("a wall of any shape shows the worst first and in full, and covers nothing", async ({ page }) => {
  const records = running();
  STOPS.forEach((status, at) => {
    records[KEYS[at * 3] ?? ""] = stopped(status);
  });
  const server = await FakeServer.on(page, { lines: LINES }, records);
  await page.goto(`${server.url}/?kiosk`);
  for (const [width, height] of [
    [1080, 1920],
    [720, 1280],
    [1440, 900],
    [390, 844],
  ] as const) {
    await page.setViewportSize({ width, height });
    await expect.poll(() => shownAndCounted(page), `${width} px`).toBe(4);
    const inside = chips(page)
      .first()
      .evaluate((chip) => {
        const [box, bar] = [chip, chip.closest(".alert-bar")].map((each) => each?.getBoundingClientRect());
        return box && bar && box.top >= bar.top && box.bottom <= bar.bottom && chip.textContent;
      });
    expect(await inside, `${width} px`).toContain("EMERGENCY STOP m:010");
    await expect.poll(() => page.evaluate(faultsOfGeometry, "body"), `${width} px`).toEqual([]);
  }
});

const STOPS = ["EMERGENCY_STOP", "SAFETY_INTERLOCK", "FAULT", "MAINTENANCE_LOCK"];

test("a wall stays with a new fault, but not with an old maintenance lock", async ({ page }) => {
  await page.clock.install();
  const server = await FakeServer.on(
    page,
    { lines: LINES },
    { ...running(), m_030: stopped("MAINTENANCE_LOCK", NOW - 90_000), m_031: stopped("FAULT", NOW - 90_000) },
  );
  await page.goto(`${server.url}/?kiosk`);
  await expect(page.getByRole("heading", { name: "Line 01" })).toBeVisible();
  await page.clock.runFor(20_500);
  await expect(page.getByRole("heading", { name: "Line 02" })).toBeVisible();
  server.report({ m_035: stopped("FAULT", Date.now() / 1000) });
  await expect(page.getByRole("heading", { name: "Line 03" })).toBeVisible();
  await page.clock.runFor(40_500);
  await expect(page.getByRole("heading", { name: "Line 03" })).toBeVisible();
});
