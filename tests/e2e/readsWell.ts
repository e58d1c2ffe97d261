/** Checks of a page as people see it. In `make test-full` they save a picture for people. */
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { IS_FULL } from "./full.ts";

const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"];

/**
 * Returns the findings of axe on the page, one text for each rule. The board has no frames of other sites, so axe works
 * in the page itself (`setLegacyMode`) instead of opening a second page. It describes only the elements of violations.
 */
export async function axeFaults(page: Page, { onlyColours = false } = {}): Promise<string[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations } = await (onlyColours
    ? axe.withRules(["color-contrast"])
    : axe.withTags(LEVELS)
  ).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

/**
 * Checks that axe finds nothing. A dark page has the same elements as the light page, so only its colours need a
 * check.
 */
export async function readsWell(
  page: Page,
  name: string,
  { theme = "light", fullPage = false } = {},
): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce" }); // contrast of the look, not of its animation
  await picture(page, name, fullPage);
  expect(await axeFaults(page, { onlyColours: theme === "dark" && !IS_FULL }), name).toEqual([]);
}

/** Checks that nothing is wider than the screen. */
export async function fitsScreen(page: Page, name: string): Promise<void> {
  const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await expect.poll(overflow, name).toBeLessThan(1);
}

export async function picture(page: Page, name: string, fullPage = false): Promise<void> {
  if (IS_FULL)
    await page.screenshot({ path: `${test.info().project.outputDir}/screens/${name}.png`, fullPage });
}
