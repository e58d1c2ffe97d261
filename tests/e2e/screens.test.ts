import { change, ended, expect, HEADER, open, test, tile, upload, workbook } from "./board.ts";
import { patient } from "./patience.ts";
import { readsWell } from "./readsWell.ts";
import { DemoServer } from "./server.ts";

let server: DemoServer;
test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
});
test.afterAll(async () => server.stop());

const MIXED = workbook([
  HEADER,
  ["m:401", 1_500, "RUN"],
  ["m:402", 900, null],
  ["m:411", 9_999, null],
  ["M:412", "1200", "IDLE"],
]);

for (const theme of ["light", "dark"] as const) {
  test(`every view and feedback state is drawn without a fault, ${theme}`, async ({ page }) => {
    test.setTimeout(patient(120_000));
    await page.emulateMedia({ reducedMotion: "reduce" }); // contrast of the look, not of its pulse
    const at = (path: string) =>
      `${server.url}${path}${path.includes("?") ? "&" : "?"}user=anna&theme=${theme}`;
    await open(page, at("/lines/01"));
    await expect(tile(page, "m_401")).toHaveAttribute("data-status", "RUNNING");
    await readsWell(page, `line-${theme}`, { theme });
    await page.locator('[data-tile="m_401"]').press("Enter");
    await readsWell(page, `editor-${theme}`, { theme });
    await page.keyboard.press("Escape");

    await server.simulate("m_401", { fault: "slow" });
    await server.simulate("m_403", { fault: "refuse" });
    await server.simulate("m_402", { status: "EMERGENCY_STOP" });
    await expect(tile(page, "m_402")).toContainText("EMERGENCY STOP");
    await change(page, "m_401", theme === "light" ? 1_700 : 1_750);
    await change(page, "m_403", theme === "light" ? 1_111 : 1_333); // last, because a failure is shown for 8 s
    await expect(tile(page, "m_403")).toHaveClass(/has-failed/);
    await readsWell(page, `states-${theme}`, { theme });
    for (const tiles of ["dense", "large"]) {
      await page.goto(at(`/lines/01?tiles=${tiles}`));
      await expect(tile(page, "m_402")).toContainText("EMERGENCY STOP");
      await readsWell(page, `line-${tiles}-${theme}`, { theme });
    }
    await page.goto(at("/lines/01?filter=status:SETUP"));
    await expect(page.getByText("No machine matches.")).toBeVisible();
    await readsWell(page, `nothing-${theme}`, { theme });
    await page.goto(at("/lines/07"));
    await expect(page.getByText("Lines are 01 to 03.")).toBeVisible();
    await readsWell(page, `no-line-${theme}`, { theme });

    await page.goto(at("/"));
    await expect(tile(page, "m_402")).toContainText("EMERGENCY STOP");
    await readsWell(page, `plant-${theme}`, { theme });
    await page.getByRole("button", { name: /List|open the list/ }).click();
    await readsWell(page, `alerts-${theme}`, { theme });
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await readsWell(page, `keys-${theme}`, { theme });
    await page.keyboard.press("Escape");

    await page.goto(at("/machines/m:402"));
    await expect(page.getByRole("region", { name: "Simulator" })).toBeVisible();
    await expect(page.locator("[data-status=EMERGENCY_STOP]")).toBeVisible();
    await readsWell(page, `machine-${theme}`, { theme });

    await page.goto(at("/upload"));
    await readsWell(page, `upload-${theme}`, { theme });
    await upload(page, "plan.xlsx", MIXED);
    await expect(page.getByText(/will change/)).toBeVisible();
    await readsWell(page, `preview-${theme}`, { theme });
    await page.getByRole("button", { name: /^Change \d+ targets?$/ }).click();
    await expect(ended(page, /\d+ applied/)).toBeVisible();
    await expect(ended(page, / open · /)).toHaveCount(0);
    await expect(page.getByText("SHA-256")).toBeVisible();
    await readsWell(page, `batch-${theme}`, { theme });
    await page.goto(at("/batches"));
    await expect(page.getByRole("region", { name: "Batches" })).toBeVisible();
    await readsWell(page, `batches-${theme}`, { theme });
    for (const [view, heading] of [
      ["events", "Events"],
      ["alarms", "Alarms"],
      ["shifts", /shift/i],
    ] as const) {
      await page.goto(at(`/${view}`));
      await expect(page.getByRole("heading", { name: heading }).first()).toBeVisible();
      await expect(page.getByRole("main").getByRole("table").first()).toBeVisible();
      await readsWell(page, `${view}-${theme}`, { theme });
      await page.setViewportSize({ width: 390, height: 844 });
      await readsWell(page, `${view}-phone-${theme}`, { theme });
      await page.setViewportSize({ width: 1280, height: 800 });
    }

    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.goto(at("/?kiosk"));
    await expect(page.locator(".wall-tile.is-critical")).toBeVisible();
    await readsWell(page, `wall-${theme}`, { theme });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(at("/lines/01"));
    await expect(tile(page, "m_402")).toContainText("EMERGENCY STOP");
    await readsWell(page, `phone-${theme}`, { theme });
    for (const machine of ["m_401", "m_402", "m_403"]) {
      await server.simulate(machine, { fault: null });
      await server.simulate(machine, { status: null });
    }
  });
}

test("a wall rotates through the lines, and stays with a stop", async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.clock.install();
  await page.goto(`${server.url}/?kiosk`);
  await expect(page.getByRole("heading", { name: "Line 01" })).toBeVisible();
  await page.clock.runFor(20_500);
  await expect(page.getByRole("heading", { name: "Line 02" })).toBeVisible();
  await server.simulate("m_423", { status: "FAULT" });
  await expect(page.getByRole("heading", { name: "Line 03" })).toBeVisible();
  await expect(page.locator(".wall-tile.is-critical")).toContainText("FAULT");
  await page.clock.runFor(40_500);
  await expect(page.getByRole("heading", { name: "Line 03" })).toBeVisible();
  await server.simulate("m_423", { status: null });
});

test("keys open a line by its number, the plant and the search, and go back", async ({ page }) => {
  await open(page, `${server.url}/?user=anna`);
  await page.keyboard.type("g02");
  await expect(page.getByRole("heading", { name: "Line 02" })).toBeVisible();
  await page.keyboard.press("/");
  await page.keyboard.type("421");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: /m:421/ })).toBeVisible();
  await expect(page).toHaveURL(/\/machines\/m:421\?user=anna/);
  await page.goBack();
  await expect(page.getByRole("heading", { name: "Line 02" })).toBeVisible();
  // Two keys that are too far apart, as on a busy machine, do not form a sequence.
  await expect(async () => {
    await page.keyboard.type("gp");
    await expect(page.getByRole("group", { name: "Show machines that are" })).toBeVisible({ timeout: 5_000 });
  }).toPass();
});
