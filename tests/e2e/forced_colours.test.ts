/** Forced colours, as people with low vision choose them. They still show what is chosen, full and stopped. */
import type { Locator } from "@playwright/test";
import { expect, test, tile } from "./board.ts";
import { everyState, key } from "./everyState.ts";

const colourOf = (element: Locator, property: string) =>
  element.evaluate((node, name) => getComputedStyle(node).getPropertyValue(name), property);

test("under forced colours the current line, the chosen size, the fill of a bar and a stop are visible", async ({
  page,
}) => {
  await page.emulateMedia({ forcedColors: "active" });
  await everyState(page);

  const lines = page.locator(".rail a");
  const current = page.locator('.rail a[aria-current="page"]');
  await expect(current).toHaveCount(1);
  const others = lines.and(page.locator(":not([aria-current])")).first();
  const edges = ["border-left-color", "border-bottom-color"];
  const colours = await Promise.all(edges.map((edge) => colourOf(current, edge)));
  expect(colours).not.toEqual(await Promise.all(edges.map((edge) => colourOf(others, edge))));

  const chosen = page.locator(".segments label:has(:checked)").first();
  const unchosen = page.locator(".segments label:not(:has(:checked))").first();
  expect(await colourOf(chosen, "background-color")).not.toBe(await colourOf(unchosen, "background-color"));

  const ground = await colourOf(page.locator("body"), "background-color");
  expect(await colourOf(page.locator(".deviation-bar").first(), "background-color")).not.toBe(ground);
  const stop = tile(page, key("emergency")).locator(":scope > .tile-status");
  expect(await colourOf(stop, "background-color")).not.toBe(ground);
  const running = tile(page, key("running")).locator(":scope > .tile-status");
  expect(await colourOf(running, "background-color")).not.toBe(await colourOf(stop, "background-color"));
});
