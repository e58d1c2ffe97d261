/** Trends of a machine with a past: zoom, pan, compare, add a signal, the link to the view, and the table. */
import { type CDPSession, expect, test } from "@playwright/test";
import { DemoServer } from "./server.ts";

let server: DemoServer;

test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
});
test.afterAll(async () => server.stop());

test("a trend is zoomed, moved, compared and read as a table, and the address says what is shown", async ({
  page,
}) => {
  await page.goto(`${server.url}/machines/m:401?user=anna`);
  const trend = page.getByRole("region", { name: "Trend" });
  const chart = trend.getByRole("application");
  await expect(chart.locator("canvas")).toBeVisible();
  await expect(trend.getByRole("status")).toContainText("to now");

  await chart.hover();
  await page.mouse.wheel(0, -200);
  await expect(page).toHaveURL(/t=\d+(\.\d)?\.\.\d+/);
  const zoomed = page.url();
  await chart.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(page).not.toHaveURL(zoomed);
  await page.keyboard.press("End");
  await expect(page).not.toHaveURL(/t=/);

  await trend.getByLabel("Signal to add").selectOption("temp");
  await trend.getByLabel("Compare").selectOption("yesterday");
  await expect(page).toHaveURL(/s=m_401.temp/);
  await expect(page).toHaveURL(/vs=yesterday/);
  await expect(chart).toContainText("m:401 Speed, a day before");

  await trend.getByText("As a table").click();
  const table = trend.getByRole("table", { name: "The values that the chart shows" });
  await expect(table).toContainText("m:401 Temperature, °C");
  await expect(table.getByRole("row").nth(2)).toBeVisible();

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    trend.getByRole("button", { name: "CSV" }).click(),
  ]);
  expect(file.suggestedFilename()).toBe("setpoint-history.csv");
});

test("a line's trends show its machines on one axis", async ({ page }) => {
  await page.goto(`${server.url}/lines/01?user=anna`);
  await page.getByRole("button", { name: "Trends" }).click();
  const chart = page.getByRole("application", { name: /Trends of line 01/ });
  await expect(chart).toContainText("m:401 Speed");
  await expect(chart).toContainText("m:403 Speed");
  await expect(page).toHaveURL(/trends=1/);
});

test.describe("with fingers", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test("one finger moves through time, two show less of it, and the page does not zoom", async ({ page }) => {
    await page.goto(`${server.url}/machines/m:401?user=anna`);
    const trend = page.getByRole("region", { name: "Trend" });
    const drawing = trend.getByRole("application").locator(".u-over");
    await drawing.scrollIntoViewIfNeeded();
    const box = await drawing.boundingBox();
    if (!box) throw new Error("the chart has no place");
    const touch = await page.context().newCDPSession(page);
    const at = (share: number) => ({ x: box.x + share * box.width, y: box.y + box.height / 2 });

    await fingers(touch, [[at(0.3)], [at(0.5)], [at(0.7)]]);
    await expect(page).toHaveURL(/t=\d/);
    const [begin, end] = shownTime(page.url());
    await fingers(touch, [
      [at(0.45), at(0.55)],
      [at(0.35), at(0.65)],
      [at(0.25), at(0.75)],
    ]);
    await expect
      .poll(() => shownTime(page.url()).reduce((from, to) => to - from))
      .toBeLessThan((end - begin) / 2);
    expect(await page.evaluate(() => visualViewport?.scale)).toBe(1);
  });
});

/** Puts the fingers down at the first positions, moves them to the others, and lifts them. */
async function fingers(touch: CDPSession, steps: { x: number; y: number }[][]): Promise<void> {
  for (const [turn, touchPoints] of steps.entries()) {
    const type = turn === 0 ? "touchStart" : "touchMove";
    await touch.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: touchPoints.map((each, id) => ({ ...each, id })),
    });
  }
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

function shownTime(url: string): [number, number] {
  const [from, to] = (new URL(url).searchParams.get("t") ?? "0..0").split("..").map(Number);
  return [from ?? 0, to ?? 0];
}
