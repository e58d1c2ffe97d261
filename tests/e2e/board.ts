/**
 * Helpers for the board in a browser. A page fails its test if it has an error, violates its Content-Security-Policy,
 * or sends a request to another host.
 */

import { utils, write } from "@e965/xlsx";
import { test as base, expect, type Locator, type Page } from "@playwright/test";

export { expect };

export const test = base.extend<{ isWatched: boolean }>({
  isWatched: [
    async ({ context }, use) => {
      const wrong: string[] = [];
      context.on("page", (page) => {
        page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
        page.on("console", (message) => {
          if (/Content Security Policy|Uncaught/.test(message.text())) wrong.push(message.text());
        });
        page.on("request", (request) => {
          const { protocol, hostname } = new URL(request.url());
          if (protocol.startsWith("http") && hostname !== "127.0.0.1") wrong.push(`asked ${request.url()}`);
        });
      });
      await use(true);
      expect(wrong).toEqual([]);
    },
    { auto: true },
  ],
});

export function tile(page: Page, machine: string): Locator {
  return page.locator(`article[data-machine="${machine}"]`);
}

export function setPoint(page: Page, machine: string): Locator {
  return tile(page, machine).locator(":scope > .set-point");
}

/** Opens a view and waits until it is live. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
}

/** Gives one target on a tile by keyboard, and confirms a large change. */
export async function change(page: Page, machine: string, value: number): Promise<void> {
  await page.locator(`[data-tile="${machine}"]`).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Target speed").fill(String(value));
  await page.keyboard.press("Enter");
  const answer = dialog.getByRole("button", { name: /^Change to/ });
  await expect(answer.or(page.locator("main"))).not.toHaveCount(0);
  if (await answer.isVisible()) await answer.click();
  await expect(dialog).toBeHidden();
}

export type Row = readonly (string | number | null)[];

/** A workbook with one sheet. */
export function workbook(rows: readonly Row[]): Buffer {
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(rows.map((row) => [...row])), "Targets");
  return Buffer.from(write(book, { type: "buffer", bookType: "xlsx" }));
}

export const HEADER: Row = ["Machine ID", "Target Speed", "Mode"];

export async function upload(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.getByLabel("Workbook", { exact: true }).setInputFiles({
    name,
    mimeType: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    buffer,
  });
}

/** Drops a file onto the page, as a person does from the desktop. */
export async function drop(page: Page, name: string, buffer: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ({ name, bytes }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], name));
      return transfer;
    },
    { name, bytes: [...buffer] },
  );
  await page.dispatchEvent("main", "dragover", { dataTransfer: transfer });
  await expect(page.getByText("Drop the workbook")).toBeVisible();
  await page.dispatchEvent("main", "drop", { dataTransfer: transfer });
}

/** The reported target speed, as shown on the tile. */
export async function reported(page: Page, machine: string): Promise<number> {
  const text = await setPoint(page, machine).locator(".set-value").innerText();
  return Number(text.replaceAll(",", ""));
}

/** The outcomes of the batch on this page: `✓ 2 applied · ✕ 1 not applied`. */
export function ended(page: Page, words: string | RegExp): Locator {
  return page.getByRole("main").getByRole("status").filter({ hasText: words });
}

export interface Sample {
  readonly look: string;
  readonly atMs: number;
  readonly text: string;
}

/**
 * From now on, records every look of a machine's set-point, with its instant and its text. A look may last only 0.6 s,
 * and a test that polls may miss it.
 */
export async function sampleLooks(page: Page, machine: string): Promise<() => Promise<Sample[]>> {
  await setPoint(page, machine).evaluate((element) => {
    const samples: Sample[] = [];
    const sample = () => {
      const look = /is-(optimistic|confirmed|failed|conflict|unknown)/.exec(element.className)?.[1] ?? "idle";
      const text = element.textContent ?? "";
      if (samples.at(-1)?.look !== look) samples.push({ look, atMs: performance.now(), text });
    };
    new MutationObserver(sample).observe(element, { attributes: true, attributeFilter: ["class"] });
    sample();
    Reflect.set(window, "looks", samples);
  });
  return () => page.evaluate(() => Reflect.get(window, "looks") as Sample[]);
}
