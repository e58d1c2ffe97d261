/** Tiles in every state, at every width, in every look. Nothing overlaps, is truncated, or scrolls sideways. */
import type { Page } from "@playwright/test";
import { expect, test, tile } from "./board.ts";
import { everyState, key } from "./everyState.ts";
import { FakeServer, lineOf } from "./fakeServer.ts";
import { IS_FULL } from "./full.ts";
import { faultsOfGeometry } from "./geometry.ts";
import { patient } from "./patience.ts";

/** Each test has a browser page and no server, so they can run at the same time. */
test.describe.configure({ mode: "parallel" });

/** A phone, a tablet, a laptop and a wall. `make test-full` also checks widths in between. */
const WIDTHS = IS_FULL
  ? [360, 390, 720, 1024, 1280, 1366, 1440, 1680, 1920, 2560, 3840]
  : [360, 1024, 1440, 2560];
/** Makes words as long as in a longer language. Figures stay. */
async function growWords(page: Page): Promise<void> {
  await page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (!(node instanceof Text) || node.data.includes("\u200b")) continue;
      const grown = node.data.replace(
        /\p{L}{2,}/gu,
        (word) => `${word}${word.slice(0, word.length / 2)}\u200b`,
      );
      if (grown !== node.data) node.data = grown;
    }
  });
}

/** Waits for two frames of the browser, although the page's own time is stopped. */
async function settle(page: Page): Promise<void> {
  for (let frame = 0; frame < 2; frame += 1)
    await page.evaluate(
      () =>
        new Promise<void>((next) => {
          const observer = new IntersectionObserver(() => {
            observer.disconnect();
            next();
          });
          observer.observe(document.body);
        }),
    );
}

/** The lowest height at which all tiles are mounted, because the browser paints every pixel. */
function heightFor(width: number): number {
  return 1_200 + Math.round(2_200_000 / width);
}

/** Returns statuses with too small a font. Runs in the page. */
function tooSmall(words: Element[]): string[] {
  const sizeOf = (word: Element) => Number.parseFloat(getComputedStyle(word).fontSize);
  return words
    .filter((word) => sizeOf(word) < 10)
    .map((word) => `“${word.textContent}” has ${sizeOf(word)} px`);
}

test.describe("on a phone", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  test("the first tile of a line begins above the middle of the screen", async ({ page }) => {
    const line = lineOf("01", 6);
    const record = { status: "FAULT", since: 1, quality: "GOOD", seen: null, speed: 0, targetSpeed: 0 };
    const records = Object.fromEntries(line.machines.map((machine) => [machine.key, record]));
    const server = await FakeServer.on(page, { lines: [line] }, records);
    await page.goto(`${server.url}/lines/01`);
    await expect(page.locator(".alert-chip:not(.is-hidden)").first()).toBeVisible();
    const first = await page.locator(".tile").first().boundingBox();
    expect(first?.y).toBeLessThan(0.45 * 844);
  });
});

for (const tiles of ["normal", "dense", "large"] as const) {
  test(`${tiles} tiles in every state do not overlap at any width`, async ({ page }) => {
    test.setTimeout(patient(300_000));
    await page.setViewportSize({ width: 1280, height: heightFor(1280) });
    await everyState(page);
    const faults: string[] = [];
    if (tiles !== "normal") await page.getByText(tiles, { exact: true }).click();
    await expect(tile(page, key("pending"))).toContainText("pending");
    for (const look of ["plain", "text grown by half", "words grown by half, forced colours"]) {
      await page.emulateMedia({ forcedColors: look.endsWith("forced colours") ? "active" : "none" });
      await page.evaluate(
        (size) => document.documentElement.style.setProperty("font-size", size),
        look.startsWith("text") ? "150%" : "",
      );
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: heightFor(width) });
        await settle(page);
        if (look.startsWith("words")) await growWords(page);
        for (const fault of await page.evaluate(faultsOfGeometry, "body"))
          faults.push(`${look}, ${width} px: ${fault}`);
        for (const small of await page.locator(".tile.is-critical .status-word").evaluateAll(tooSmall))
          faults.push(`${look}, ${width} px: ${small}`);
      }
    }
    expect(faults).toEqual([]);
  });
}
