/**
 * Every page in German: axe finds nothing, and nothing is wider than a phone. `make test-full` looks at the dark pages
 * too, whose words are the same. In English `screens.test.ts` looks at each state, light and dark.
 */
import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./board.ts";
import { PAGES, servePages, visit } from "./everyPage.ts";
import { IS_FULL } from "./full.ts";
import { patient } from "./patience.ts";

test("no page has a fault of accessibility in German, or is wider than a phone", async ({ page }) => {
  test.setTimeout(patient(180_000));
  await page.emulateMedia({ reducedMotion: "reduce" });
  const found: string[] = [];
  const desk = page.viewportSize() ?? { width: 1280, height: 800 };
  const server = await servePages(page);
  for (const [path, shown] of PAGES) {
    await page.emulateMedia({ colorScheme: "light" });
    await visit(page, server, path, "de");
    await expect(page.locator(shown).first()).toBeVisible();
    const look = async (theme: string, axe: AxeBuilder) => {
      for (const { id, nodes } of (await axe.analyze()).violations)
        found.push(`${path} ${theme} ${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
    };
    await look("light", new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]));
    if (IS_FULL) {
      await page.emulateMedia({ colorScheme: "dark" });
      await look("dark", new AxeBuilder({ page }).withRules(["color-contrast"]));
    }
    await page.setViewportSize({ width: 390, height: 844 });
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth), `${path} on a phone`)
      .toBeLessThanOrEqual(390);
    await page.setViewportSize(desk);
  }
  expect(found).toEqual([]);
});
