/**
 * An operator's jobs, all with a finger on a phone, and all with the keyboard alone, where Tab must reach everything
 * that is needed. Every touch target has at least 24 px (WCAG 2.5.8).
 */
import { utils, write } from "@e965/xlsx";
import type { Locator, Page } from "@playwright/test";
import { ended, expect, HEADER, open, type Row, reported, setPoint, test, tile } from "./board.ts";
import { PAGES, servePages, visit } from "./everyPage.ts";
import { smallTargets } from "./geometry.ts";
import { patient } from "./patience.ts";
import { DemoServer } from "./server.ts";

interface Hand {
  /** Presses a button, follows a link. */
  press(target: Locator): Promise<void>;
  /** Writes into a field. */
  write(target: Locator, text: string): Promise<void>;
  choose(target: Locator, option: string): Promise<void>;
}

const finger: Hand = {
  press: (target) => target.tap(),
  async write(target, text) {
    await target.tap();
    await target.fill(text);
  },
  async choose(target, option) {
    await target.tap();
    await target.selectOption(option);
  },
};

const keyboard: Hand = {
  async press(target) {
    await reach(target);
    await target.page().keyboard.press("Enter");
  },
  async write(target, text) {
    await reach(target);
    await target.page().keyboard.press("ControlOrMeta+a");
    await target.page().keyboard.type(text);
  },
  async choose(target, option) {
    await reach(target);
    await target.page().keyboard.type(option);
  },
};

const MOST_TABS = 150;

/** Presses Tab until the target has the focus, which must then be visible. */
async function reach(target: Locator): Promise<void> {
  const has = () => target.evaluate((element) => element === document.activeElement);
  await expect(target).toBeVisible();
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if (await has()) {
      // A tile's button covers the tile, and the tile shows the outline.
      const outline = await target.evaluate(
        (element) => getComputedStyle(element.closest("article") ?? element).outlineStyle,
      );
      expect(outline, "the focus is seen").not.toBe("none");
      return;
    }
    await target.page().keyboard.press("Tab");
  }
  throw new Error(`${target} is not reached within ${MOST_TABS} presses of Tab`);
}

let server: DemoServer;
test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
});
test.afterAll(async () => server.stop());

for (const [name, hand, use] of [
  ["a finger", finger, { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } }],
  ["the keyboard", keyboard, { viewport: { width: 1440, height: 900 } }],
] as const) {
  test.describe(`with ${name}`, () => {
    test.use(use);

    test(`the search box finds a machine with ${name}, and the list of alerts another one`, async ({
      page,
    }) => {
      await server.simulate("m_421", { status: "FAULT" });
      await server.simulate("m_422", { status: "FAULT" });
      await server.simulate("m_423", { status: "EMERGENCY_STOP" });
      await open(page, `${server.url}/?user=anna`);
      await hand.write(page.getByRole("combobox", { name: /Search/ }), "412");
      const found = page.getByRole("option", { name: /m:412/ });
      if (hand === finger) await found.tap();
      else await page.keyboard.press("Enter");
      await expect(page).toHaveURL(/machines\/m:412/);

      await hand.press(page.locator("button.alert-more"));
      await hand.press(page.getByRole("dialog").getByRole("link", { name: /m:422/ }));
      await expect(page).toHaveURL(/machines\/m:422/);
      for (const machine of ["m_421", "m_422", "m_423"]) await server.simulate(machine, { status: null });
    });

    test(`a stop in the middle of an editor is seen with ${name}, and nothing can be sent`, async ({
      page,
    }) => {
      await open(page, `${server.url}/lines/02?user=anna`);
      const button = page.locator('[data-tile="m_413"]');
      await hand.press(button);
      const dialog = page.getByRole("dialog");
      await hand.write(dialog.getByLabel("Target speed"), "777");
      await server.simulate("m_413", { status: "EMERGENCY_STOP" });
      await expect(dialog.getByRole("alert")).toContainText(/EMERGENCY STOP since/);
      await expect(dialog.getByRole("button", { name: "Change", exact: true })).toHaveCount(0);
      await hand.press(dialog.getByRole("button", { name: /Close|Cancel/ }));
      await expect(dialog).toBeHidden();
      await expect(button).toBeFocused();
      await server.simulate("m_413", { status: null });
      await expect(setPoint(page, "m_413")).not.toContainText("777");
    });

    test(`a conflict is settled with ${name}`, async ({ page }) => {
      await open(page, `${server.url}/lines/02?user=anna`);
      const before = await reported(page, "m_411");
      const step = before > 1500 ? -50 : 50;
      await page.route("**/api/batches", async (route) => {
        await server.give({ m_411: { targetSpeed: before + 2 * step } }, "ben");
        const { notAfter: _, ...body } = route.request().postDataJSON();
        await route.continue({ postData: JSON.stringify(body) });
      });
      await hand.press(page.locator('[data-tile="m_411"]'));
      const dialog = page.getByRole("dialog");
      await hand.write(dialog.getByLabel("Target speed"), String(before + step));
      await hand.press(dialog.getByRole("button", { name: "Change", exact: true }));
      await expect(tile(page, "m_411")).toContainText(/Updated by another operator.*ben/);
      await expect.poll(() => reported(page, "m_411")).toBe(before + 2 * step);
      await page.unroute("**/api/batches");
      await hand.press(page.locator('[data-tile="m_411"]'));
      await hand.press(dialog.getByRole("button", { name: "Set mine anyway" }));
      await expect.poll(() => reported(page, "m_411")).toBe(before + step);
    });

    test(`an alarm is acknowledged with ${name}, and a note`, async ({ page }) => {
      await server.simulate("m_403", { status: "FAULT" });
      await page.goto(`${server.url}/alarms?user=anna`);
      const alarm = page.getByRole("main").getByRole("row").filter({ hasText: "m:403" }).first();
      await hand.press(alarm.getByRole("button", { name: "Acknowledge" }));
      const dialog = page.getByRole("dialog");
      await hand.write(dialog.getByLabel("Note"), `by ${name}`);
      await hand.press(dialog.getByRole("button", { name: "Acknowledge" }));
      await expect(alarm).toContainText(`by ${name}`);
      await server.simulate("m_403", { status: null });
      await expect(page.getByRole("row").filter({ hasText: `by ${name}` })).toHaveCount(0);
    });

    test(`a sheet is chosen, previewed, sent and undone with ${name}`, async ({ page }) => {
      test.setTimeout(patient(120_000));
      await open(page, `${server.url}/lines/01?user=anna`);
      await expect(setPoint(page, "m_402")).toBeVisible();
      const before = await reported(page, "m_402");
      const target = before > 1500 ? before - 60 : before + 60;
      await page.goto(`${server.url}/upload?user=anna`);
      const chosen = page.waitForEvent("filechooser");
      await hand.press(page.getByRole("button", { name: "Choose a workbook" }));
      await (await chosen).setFiles({
        name: "two.xlsx",
        mimeType: "",
        buffer: sheets({
          Early: [HEADER, ["m:401", before, null]],
          Late: [HEADER, ["m:402", target, null], ["m:403", target, null]],
        }),
      });
      await hand.choose(page.getByLabel("Sheet"), "Late");
      await expect(page.getByText("2 will change")).toBeVisible();
      const box = page.getByRole("checkbox", { name: /Row 3: m:403/ });
      if (hand === finger) await box.tap();
      else {
        await reach(box);
        await page.keyboard.press("Space");
      }
      await hand.press(page.getByRole("button", { name: "Change 1 target" }));
      await expect(page).toHaveURL(/\/batches\//);
      await expect(ended(page, "✓ 1 applied")).toBeVisible({ timeout: patient(30_000) });
      await hand.press(page.getByRole("button", { name: /^Undo 1 target/ }));
      await hand.press(page.getByRole("button", { name: "Change 1 target" }));
      await expect(ended(page, "✓ 1 applied")).toBeVisible({ timeout: patient(30_000) });
      await page.goto(`${server.url}/lines/01?user=anna`);
      await expect.poll(() => reported(page, "m_402")).toBe(before);
    });
  });
}

/** A workbook with several sheets. */
function sheets(all: Record<string, readonly Row[]>): Buffer {
  const book = utils.book_new();
  for (const [name, rows] of Object.entries(all))
    utils.book_append_sheet(book, utils.aoa_to_sheet(rows.map((row) => [...row])), name);
  return Buffer.from(write(book, { type: "buffer", bookType: "xlsx" }));
}

/** Everything that can be pressed, on each page, by mouse and by finger. */
for (const [name, use] of [
  ["a mouse", { viewport: { width: 1280, height: 800 } }],
  ["a finger", { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } }],
] as const) {
  test.describe(`for ${name}`, () => {
    test.use(use);

    test(`whatever ${name} presses has at least 24 px on every page`, async ({ page }) => {
      test.setTimeout(patient(180_000));
      const server = await servePages(page);
      const found: string[] = [];
      for (const [path, shown] of PAGES) {
        await visit(page, server, path, "en");
        await expect(page.locator(shown).first()).toBeVisible();
        for (const small of await page.evaluate(smallTargets)) found.push(`${path}: ${small}`);
      }
      expect(found).toEqual([]);
    });

    test(`a preview's boxes and a notice's button are large enough for ${name}`, async ({ page }) => {
      await open(page, `${server.url}/upload?user=anna`);
      await uploadTwo(page);
      await expect(page.getByRole("checkbox", { name: /Row 2/ })).toBeVisible();
      expect(await page.evaluate(smallTargets)).toEqual([]);

      await server.simulate("m_412", { fault: "refuse" });
      await page.goto(`${server.url}/lines/02?user=anna`);
      const before = await reported(page, "m_412");
      await page.locator('[data-tile="m_412"]').click();
      await page
        .getByRole("dialog")
        .getByLabel("Target speed")
        .fill(String(before - 20));
      await page.keyboard.press("Enter");
      const toast = page.locator("[data-sonner-toast]").filter({ hasText: "m:412" });
      await expect(toast).toBeVisible();
      expect(await page.evaluate(smallTargets)).toEqual([]);
      await toast.getByRole("button", { name: "Close" }).click();
      await expect(toast).toHaveCount(0);
      await server.simulate("m_412", { fault: null });
    });
  });
}

async function uploadTwo(page: Page): Promise<void> {
  await page.getByLabel("Workbook", { exact: true }).setInputFiles({
    name: "two.xlsx",
    mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    buffer: sheets({ Targets: [HEADER, ["m:401", 1, null], ["m:402", 2, null]] }),
  });
}
