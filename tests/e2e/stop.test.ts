import { change, expect, open, reported, setPoint, test, tile } from "./board.ts";
import { DemoServer } from "./server.ts";

let server: DemoServer;
test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true, slowMs: 4_000 });
});
test.afterAll(async () => server.stop());

test("an emergency stop cancels a pending target, and nothing comes back when it clears", async ({
  page,
}) => {
  await open(page, `${server.url}/lines/01?user=anna`);
  await expect(tile(page, "m_402")).toHaveAttribute("data-status", "RUNNING");
  const before = await reported(page, "m_402");
  await server.simulate("m_402", { fault: "slow" });

  await change(page, "m_402", before > 1500 ? before - 200 : before + 200);
  await expect(setPoint(page, "m_402")).toContainText(/pending|confirmed/);

  await server.simulate("m_402", { status: "EMERGENCY_STOP" });
  const stopped = tile(page, "m_402");
  await expect(stopped).toContainText("EMERGENCY STOP");
  await expect(stopped).toContainText("1 target voided");
  await expect(stopped).toContainText(/Since \d\d:\d\d:\d\d/);
  await expect(setPoint(page, "m_402")).not.toContainText(/pending|confirmed/);
  // The machine's own set-point, which its controller sets to 0 while it is stopped.
  await expect(setPoint(page, "m_402").locator(".set-value")).toHaveText("0");
  await expect(page.getByRole("link", { name: /EMERGENCY STOP m:402/ })).toBeVisible();
  await expect(page).toHaveTitle(/1 critical/);

  await server.simulate("m_402", { fault: null });
  await server.simulate("m_402", { status: null });
  await expect(stopped).not.toContainText("EMERGENCY STOP");
  await expect(setPoint(page, "m_402")).not.toContainText(/pending|confirmed/);
});

test("a stopped machine accepts no target, and its tile says why at once", async ({ page }) => {
  await server.simulate("m_403", { status: "MAINTENANCE_LOCK" });
  await open(page, `${server.url}/lines/01?user=anna`);
  await expect(tile(page, "m_403")).toContainText("MAINTENANCE LOCK");
  await page.locator('[data-tile="m_403"]').press("Enter");
  await expect(page.getByRole("alert")).toContainText(/m:403 is in MAINTENANCE LOCK since \d\d:\d\d/);
  await expect(page.getByRole("button", { name: "Change", exact: true })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(page.locator('[data-tile="m_403"]')).toBeFocused();
});

test("a value outside its range is refused before anything is sent", async ({ page }) => {
  await open(page, `${server.url}/lines/02?user=anna`);
  await page.locator('[data-tile="m_411"]').click();
  await page.getByLabel("Target speed").fill("9999");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("takes a number from 0 to 3000 rpm, not 9999");
  await expect(page.getByLabel("Target speed")).toBeFocused();
});

test("a viewer can look and not change", async ({ page }) => {
  await open(page, `${server.url}/lines/02?user=eve&role=viewer`);
  await page.locator('[data-tile="m_411"]').click();
  await expect(page.getByRole("alert")).toContainText("you may look, not change");
});
