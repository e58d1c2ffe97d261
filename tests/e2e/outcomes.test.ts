import {
  change,
  expect,
  HEADER,
  open,
  reported,
  sampleLooks,
  setPoint,
  test,
  tile,
  upload,
  workbook,
} from "./board.ts";
import { patient } from "./patience.ts";
import { DemoServer } from "./server.ts";

let server: DemoServer;
test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
});
test.afterAll(async () => server.stop());

test("a target is blue, then green with a pulse and ✓ for a moment, then like any other [TX-5]", async ({
  page,
}) => {
  await open(page, `${server.url}/lines/01?user=anna`);
  const before = await reported(page, "m_401");
  const target = before > 1500 ? before - 150 : before + 150;
  const looks = await sampleLooks(page, "m_401");
  await change(page, "m_401", target);
  await expect
    .poll(async () => (await looks()).map(({ look }) => look))
    .toEqual(["idle", "optimistic", "confirmed", "idle"]);
  const [, , confirmed, idle] = await looks();
  expect(confirmed?.text).toContain("✓");
  expect((idle?.atMs ?? 0) - (confirmed?.atMs ?? 0)).toBeGreaterThanOrEqual(600);
  expect(await reported(page, "m_401")).toBe(target);
});

test("a stop ends the green look at once [TX-5]", async ({ page }) => {
  await open(page, `${server.url}/lines/02?user=anna`);
  const before = await reported(page, "m_411");
  const looks = await sampleLooks(page, "m_411");
  await change(page, "m_411", before > 1500 ? before - 150 : before + 150);
  await expect.poll(async () => (await looks()).map(({ look }) => look)).toContain("confirmed");
  await server.simulate("m_411", { status: "EMERGENCY_STOP" });
  await expect(setPoint(page, "m_411")).not.toHaveClass(/is-confirmed/);
  await server.simulate("m_411", { status: null });
});

test("a target of a machine that does not answer ends as unknown, beside its actual and its old set-point", async ({
  page,
}) => {
  await open(page, `${server.url}/lines/01?user=anna`);
  const before = await reported(page, "m_402");
  // It freezes while the target is on its way, because a machine that has been silent for seconds gets no target.
  await page.route("**/api/batches", async (route) => {
    await server.simulate("m_402", { fault: "freeze" });
    // The commit is never too late, however long that takes: without `notAfter` its time counts from its arrival.
    const { notAfter: _, ...body } = route.request().postDataJSON();
    await route.continue({ postData: JSON.stringify(body) });
  });
  await change(page, "m_402", before > 1500 ? before - 100 : before + 100);
  await expect(setPoint(page, "m_402")).toHaveClass(/is-(optimistic|confirmed)/);
  await expect(setPoint(page, "m_402")).toHaveClass(/is-unknown/, { timeout: patient(15_000) });
  await expect(tile(page, "m_402")).toContainText(/it may still land/);
  await expect(tile(page, "m_402").locator(".tile-actual .hot")).toHaveText(/[\d,]+/);
  expect(await reported(page, "m_402")).toBe(before);
  await server.simulate("m_402", { fault: null });
});

test("an upload without an answer is unknown after 10 s, never failed", async ({ page }) => {
  await open(page, `${server.url}/upload?user=anna`);
  await page.route("**/api/batches", () => {}); // the request left, and no answer ever comes
  await upload(page, "targets.xlsx", workbook([HEADER, ["m:412", 1111, "RUN"], ["m:413", 1222, "RUN"]]));
  await page.getByRole("button", { name: "Change 2 targets" }).click();
  const outcomes = page.getByRole("region", { name: "What became of each row" });
  await expect(outcomes.getByText("Pending")).toHaveCount(2);
  await expect(outcomes.getByText(/No confirmation after 10 s/)).toHaveCount(2, { timeout: patient(15_000) });
  const warning = page.locator("[data-sonner-toast]");
  await expect(
    warning.filter({ hasText: "0 of 2 targets applied, 2 unknown." }),
    "a warning on this page too",
  ).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "unknown" })).not.toContainText("not applied");
  await page.goto(`${server.url}/lines/02?user=anna`);
  await expect(tile(page, "m_412").locator(".tile-actual .hot")).toHaveText(/[\d,]+/);
  await expect(setPoint(page, "m_412").locator(".pending-value")).toHaveCount(0);
});

test("when a machine refuses, its old set-point is shown again, with the reason", async ({ page }) => {
  await open(page, `${server.url}/lines/01?user=anna`);
  const before = await reported(page, "m_403");
  await server.simulate("m_403", { fault: "refuse" });
  await change(page, "m_403", before > 1500 ? before - 100 : before + 100);
  await expect(tile(page, "m_403")).toHaveClass(/has-failed/);
  expect(await reported(page, "m_403")).toBe(before);
  await expect(page.locator("[data-sonner-toast]").filter({ hasText: "m:403" })).toBeVisible();
  await server.simulate("m_403", { fault: null });
});

test("when two operators set one machine, the first sees who overwrote the target", async ({
  page: anna,
}) => {
  await open(anna, `${server.url}/lines/02?user=anna`);
  const before = await reported(anna, "m_411");
  const step = before > 1500 ? -50 : 50;
  let release = () => {};
  const isHeld = new Promise<void>((next) => {
    release = next;
  });
  await anna.route("**/api/batches", async (route) => {
    await isHeld; // anna's network is a little slow
    // The commit is never too late, however long that takes: without `notAfter` its time counts from its arrival.
    const { notAfter: _, ...body } = route.request().postDataJSON();
    await route.continue({ postData: JSON.stringify(body) });
  });
  await change(anna, "m_411", before + step);
  await expect(setPoint(anna, "m_411")).toHaveClass(/is-optimistic/);
  await server.give({ m_411: { targetSpeed: before + 2 * step } }, "ben");
  release();
  await expect(tile(anna, "m_411")).toContainText(/Updated by another operator.*ben/, {
    timeout: patient(15_000),
  });
  await expect(tile(anna, "m_411")).toHaveClass(/has-conflict/);
  await expect.poll(() => reported(anna, "m_411")).toBe(before + 2 * step); // the machine's report may come later

  // She insists, and loses to one more change that she had not seen. She insists again, and wins.
  const insist = async () => {
    await anna.locator('[data-tile="m_411"]').click();
    // Enter would set the typed value, not the value that lost.
    await expect(anna.getByRole("dialog").getByLabel("Target speed")).toBeFocused();
    await anna.getByRole("dialog").getByRole("button", { name: "Set mine anyway" }).click();
  };
  const newer = { m_411: { targetSpeed: before + 3 * step } };
  await anna.unroute("**/api/batches");
  await anna.route("**/api/batches", async (route) => {
    await server.give(newer, "carla");
    await route.continue();
  });
  await insist();
  await expect(tile(anna, "m_411")).toContainText(/Updated by another operator.*carla/, {
    timeout: patient(15_000),
  });
  await expect.poll(() => reported(anna, "m_411")).toBe(before + 3 * step);
  await anna.unroute("**/api/batches");
  await insist();
  await expect.poll(() => reported(anna, "m_411")).toBe(before + step);
  await expect(tile(anna, "m_411")).not.toHaveClass(/has-conflict/);
});

test("the board asks again before a large change, with the value in the question", async ({ page }) => {
  await open(page, `${server.url}/lines/03?user=anna`);
  const before = await reported(page, "m_421");
  const target = before > 1500 ? before - 1000 : before + 1000;
  await page.locator('[data-tile="m_421"]').press("Enter");
  await page.getByLabel("Target speed").fill(String(target));
  await page.keyboard.press("Enter");
  const question = page.getByRole("alert");
  await expect(question).toContainText(`from ${before} to ${target} rpm`);
  await page.keyboard.press("Enter");
  await expect(setPoint(page, "m_421").locator(".set-value")).toHaveText(target.toLocaleString("en-GB"));
});

test("the machine's page shows who changed what", async ({ page }) => {
  await open(page, `${server.url}/lines/03?user=anna`);
  const before = await reported(page, "m_422");
  await change(page, "m_422", before > 1500 ? before - 10 : before + 10);
  await page.goto(`${server.url}/machines/m:422?user=anna`);
  const changes = page.getByRole("region", { name: "Recent changes" });
  await expect(changes).toContainText(/Target speed .* by anna/);
  await expect(changes).toContainText("Applied");
  // The page was opened after the change. The history shows the minutes before, and who changed what.
  const trend = page.getByRole("region", { name: "Trend" });
  await expect(trend.locator("canvas")).toBeVisible();
  await trend.getByText("As a table").click();
  await expect(trend.getByRole("list", { name: "Changes" })).toContainText(
    /anna set m:422 Target speed from/,
  );
});
