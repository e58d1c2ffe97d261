/** Trends: zoom, pan, compare, add a signal, the link to the view, and the table, on a machine with a past. */
import { expect, test } from "@playwright/test";
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
