/** A shift leader's questions in the morning: why line 02 was down last night, what happened, and which alarm is open. */
import { expect, type Page, test } from "@playwright/test";
import { patient } from "./patience.ts";
import { fitsScreen, picture } from "./readsWell.ts";
import { DemoServer } from "./server.ts";

let server: DemoServer;

test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
});
test.afterAll(async () => server.stop());

/** Checks that the page fits a phone and a screen. Only tables may scroll sideways. */
async function fits(page: Page, name: string): Promise<void> {
  for (const [width, height] of [
    [390, 844],
    [1440, 900],
  ] as const) {
    await page.setViewportSize({ width, height });
    await picture(page, `${name}-${width}`);
    await fitsScreen(page, `${name} ${width}`);
  }
}

test.describe("the report of a night that is over", () => {
  let past: DemoServer;

  test.beforeAll(async () => {
    test.setTimeout(patient(180_000));
    past = await DemoServer.start({ history: "2d" });
  });
  test.afterAll(async () => past.stop());

  test("shows why line 02 was down, for how long, and the OEE, and a reason is assigned in two touches", async ({
    page,
  }) => {
    const { shifts } = await (await page.request.get(`${past.url}/api/shifts?user=carla`)).json();
    const night = shifts.find(
      ({ name, until }: { name: string; until: number }) => name === "Night" && until < Date.now() / 1000,
    );
    await page.goto(`${past.url}/shifts?user=carla&line=02`);
    await page.getByRole("combobox", { name: /^Shift/ }).selectOption({ value: String(night.since) });
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Night");
    const main = page.getByRole("main");
    await expect(main.getByText(/^\d+\.\d %$/).first()).toBeVisible();
    await expect(main).toContainText("availability × performance × quality");
    const stop = main
      .getByRole("row")
      .filter({ hasText: /m:41\d.*carla/ })
      .first();
    await expect(stop).toContainText(/\d+\smin/);
    await expect(stop).toContainText(/bearing/i);
    await fits(page, "shift");

    await stop.getByRole("button").click();
    const dialog = page.getByRole("dialog");
    const other = dialog.getByRole("group").getByRole("button").last();
    const name = await other.innerText();
    await other.click();
    await expect(dialog).toHaveCount(0);
    await expect(stop).toContainText(name);
    await page.reload();
    await expect(stop).toContainText(name);
  });
});

test("a stop is in the list of events at once, can be found by machine, and is acknowledged with a note", async ({
  page,
}) => {
  await page.goto(`${server.url}/events?user=carla&machine=m:402`);
  const rows = page.getByRole("main").getByRole("row");
  await expect(page.getByText("No event matches.")).toBeVisible();
  await server.simulate("m_402", { status: "FAULT" });
  const stop = rows.filter({ hasText: "stop raised" }).first();
  await expect(stop).toContainText("FAULT");
  await fits(page, "events");
  await stop.getByRole("button", { name: "Acknowledge" }).click();
  await page.getByRole("dialog").getByLabel("Note").fill("belt was changed");
  await page.getByRole("dialog").getByRole("button", { name: "Acknowledge" }).click();
  await expect(rows.filter({ hasText: "belt was changed" })).toContainText("carla");
});

test("an alarm is acknowledged, and stays until the machine's stop is over", async ({ page }) => {
  await server.simulate("m_403", { status: "FAULT" });
  await page.goto(`${server.url}/alarms?user=carla`);
  // A machine that is down for long has a second alarm.
  const alarm = page
    .getByRole("main")
    .getByRole("row")
    .filter({ hasText: "m:403" })
    .filter({ hasText: "Emergency stop or fault" });
  await expect(alarm.first()).toContainText("not acknowledged");
  await fits(page, "alarms");
  await alarm.first().getByRole("button", { name: "Acknowledge" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByLabel("Note")).toBeFocused();
  await page.keyboard.type("on my way");
  await page.keyboard.press("Enter");
  await expect(alarm.first()).toContainText("on my way");
  await expect(alarm.first().getByRole("button", { name: "Shelve" })).toBeFocused();
  await expect(alarm.first()).toContainText("FAULT");
  await server.simulate("m_403", { status: null });
  await expect(alarm).toHaveCount(0);
});

test("a shift's report fits a portrait sheet of paper, in light colours whatever the theme", async ({
  page,
}) => {
  await page.setViewportSize({ width: 703, height: 1_000 });
  await page.goto(`${server.url}/shifts?user=anna&theme=dark`);
  await expect(page.getByRole("heading", { name: "Losses" })).toBeVisible();
  await page.emulateMedia({ media: "print" });
  const paper = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const shades = [...document.querySelectorAll(".oee, .table")].map((each) =>
      getComputedStyle(each).getPropertyValue("--tile"),
    );
    const { colorScheme } = getComputedStyle(document.documentElement);
    return { tooWide: scrollWidth - clientWidth, shades, colorScheme };
  });
  expect(paper.colorScheme).toBe("light");
  expect(paper.tooWide).toBe(0);
  expect(new Set(paper.shades)).toEqual(new Set(["#f4f5f6"]));
  await expect(page.getByRole("navigation", { name: "Lines" })).toBeHidden();
});
