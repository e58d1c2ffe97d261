/** The board in another language, and a pseudo-locale that finds texts that are not from the catalogue. */
import type { Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { PAGES, servePages, visit } from "./everyPage.ts";
import { patient } from "./patience.ts";

/** Names that no language changes: the product, keys and formats, and English abbreviations of months. */
const NAMES =
  /^(Setpoint|SHA|anna|Machine|ID|[Aa]lt|Ctrl|Tab|Enter|Esc|EN|DE|English|Deutsch|CSV|Excel|Parquet|csv|xlsx|setpoint|retention|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$/;

/** Words of two Latin letters or more that a person may read or hear. */
async function untranslated(page: Page): Promise<string[]> {
  const texts = await page.evaluate(() => {
    const found: string[] = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      if (!node.parentElement?.closest("script, style, code")) found.push(node.textContent ?? "");
    for (const element of document.querySelectorAll("[title], [aria-label], [placeholder]"))
      for (const name of ["title", "aria-label", "placeholder"]) found.push(element.getAttribute(name) ?? "");
    return found;
  });
  const isForeign = (word: string) => !NAMES.test(word);
  return [...new Set(texts.filter((text) => (text.match(/[A-Za-z]{2,}/g) ?? []).some(isForeign)))];
}

const MACHINE = "article[data-machine=m_011]";

test("every text of the first pages comes from the catalogue", async ({ page }) => {
  await visit(page, await servePages(page), "/", "pseudo");
  await expect(page.locator(MACHINE)).toBeVisible();
  expect(await untranslated(page), "the plant").toEqual([]);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await untranslated(page), "the keys").toEqual([]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await expect(page.getByRole("listbox")).toBeVisible();
  expect(await untranslated(page), "the box").toEqual([]);
  await page.keyboard.press("Escape");
  await page.locator(".alert-more").click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await untranslated(page), "what needs attention").toEqual([]);
  await page.keyboard.press("Escape");
  await page.locator(`${MACHINE} .tile-id`).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await untranslated(page), "the editor").toEqual([]);
});

test("every text of every page comes from the catalogue", async ({ page }) => {
  test.setTimeout(patient(120_000));
  const server = await servePages(page);
  const found: string[] = [];
  for (const [path, shown] of PAGES) {
    await visit(page, server, path, "pseudo");
    await expect(page.locator(shown).first()).toBeVisible();
    for (const text of await untranslated(page)) found.push(`${path}: ${text}`);
  }
  expect(found).toEqual([]);
});

test("every text of the wall comes from the catalogue", async ({ page }) => {
  await visit(page, await servePages(page), "/?kiosk", "pseudo");
  await expect(page.locator(MACHINE)).toBeVisible();
  expect(await untranslated(page)).toEqual([]);
});

test("the menu's language is shown at once, kept in the browser, and loaded only when it is chosen", async ({
  page,
}) => {
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  await visit(page, await servePages(page), "/lines/01");
  await expect(page.locator(MACHINE)).toContainText("Running");
  expect(urls.filter((url) => /german/.test(url))).toEqual([]);
  await page.getByLabel("Language").selectOption("de");
  await expect(page.locator(MACHINE)).toContainText("In Betrieb");
  await expect(page.getByText("Verbunden", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
  expect(urls.filter((url) => /german/.test(url))).toHaveLength(1);
  await page.reload();
  await expect(page.locator(MACHINE)).toContainText("In Betrieb");
});

test.describe("a browser in German", () => {
  test.use({ locale: "de-AT" });
  test("is answered in German, unless the address asks for English", async ({ page }) => {
    await visit(page, await servePages(page), "/");
    await expect(page.getByText("Verbunden", { exact: true })).toBeVisible();
    await page.goto("http://127.0.0.1:9/?lang=en");
    await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  });
});

test("the header stands on one row at 1024 px in each language", async ({ page }) => {
  const server = await servePages(page);
  await page.setViewportSize({ width: 1024, height: 768 });
  for (const language of ["en", "de"]) {
    await visit(page, server, "/", language);
    await expect(page.locator(".me")).toBeVisible();
    const tops = await page
      .locator(".header > :not(.spring)")
      .evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect()).map(({ top }) => top));
    expect(Math.max(...tops), language).toBeLessThan(24);
  }
});
