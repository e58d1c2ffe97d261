/**
 * Every page in German: axe finds nothing, nothing is wider than a phone, and no short word is broken. `make test-full`
 * also checks the dark pages, which have the same words. `screens.test.ts` checks each state in English, light and
 * dark.
 */
import { expect, test } from "./board.ts";
import { PAGES, servePages, visit } from "./everyPage.ts";
import { IS_FULL } from "./full.ts";
import { brokenWords } from "./geometry.ts";
import { patient } from "./patience.ts";
import { axeFaults } from "./readsWell.ts";

/** From the narrowest phone to tablets in both orientations. */
const WIDTHS = IS_FULL ? [360, 390, 600, 720, 800, 900, 1024, 1100, 1280] : [360, 600, 800, 1024];

test("in German no page has an accessibility fault, is wider than a phone, or breaks a short word", async ({
  page,
}) => {
  test.setTimeout(patient(180_000));
  await page.emulateMedia({ reducedMotion: "reduce" });
  const found: string[] = [];
  const desk = page.viewportSize() ?? { width: 1280, height: 800 };
  const server = await servePages(page);
  for (const [path, shown] of PAGES) {
    await page.emulateMedia({ colorScheme: "light" });
    await visit(page, server, path, "de");
    await expect(page.locator(shown).first()).toBeVisible();
    for (const fault of await axeFaults(page)) found.push(`${path} light ${fault}`);
    if (IS_FULL) {
      await page.emulateMedia({ colorScheme: "dark" });
      for (const fault of await axeFaults(page, { onlyColours: true })) found.push(`${path} dark ${fault}`);
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth), `${path} on a phone`)
      .toBeLessThanOrEqual(390);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 844 });
      await expect.poll(() => page.evaluate(brokenWords), `${path} at ${width} px`).toEqual([]);
    }
    await page.setViewportSize(desk);
  }
  expect(found).toEqual([]);
});
