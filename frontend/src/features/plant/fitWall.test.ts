import { expect, test } from "vitest";
import { fitWall } from "./fitWall.ts";

const plant = (lines: number, machines: number) =>
  Array.from({ length: lines }, (_, index) => ({
    id: String(index + 1).padStart(2, "0"),
    machines: Array.from({ length: machines }),
  }));
const DESK = { width: 1272, height: 680, rem: 16 };
const PHONE = { width: 374, height: 600, rem: 16 };
const sum = (heights: ReadonlyMap<string, number>) => [...heights.values()].reduce((a, b) => a + b, 0);

test.each([
  [20, 50],
  [10, 100],
  [40, 25],
  [34, 30],
])("%i lines of %i machines fit on a laptop", (lines, machines) => {
  const fit = fitWall(plant(lines, machines), DESK);
  const last = machines % fit.columns || fit.columns;
  expect(last / fit.columns).toBeGreaterThan(0.8);
  expect(fit.head + fit.columns * fit.cell).toBeLessThan(DESK.width / 16);
  expect(sum(fit.heights)).toBeLessThanOrEqual(DESK.height);
});

test.each([
  [4, 10, DESK],
  [4, 50, DESK],
  [4, 50, { width: 2400, height: 1250, rem: 18 }],
  [4, 50, { width: 3600, height: 1830, rem: 24 }],
  [2, 100, { width: 3600, height: 1830, rem: 24 }],
  [1, 40, { width: 3600, height: 1830, rem: 24 }],
])("%i lines of %i machines fill a screen and show their numbers", (lines, machines, room) => {
  const fit = fitWall(plant(lines, machines), room);
  const isLarge = fit.row === 6;
  const used = sum(fit.heights);
  expect(used).toBeLessThanOrEqual(room.height);
  expect(isLarge || used > 0.6 * room.height).toBe(true);
  expect(fit.number).toBeGreaterThanOrEqual(0.75);
});

test("a thousand machines leave no room for numbers", () => {
  expect(fitWall(plant(20, 50), DESK).number).toBe(0);
});

test("cells are no larger than necessary, and longer names of lines get a wider column", () => {
  const few = fitWall(plant(4, 10), DESK);
  expect(few.row).toBe(6);
  expect(few.cell).toBeLessThanOrEqual(9);
  const named = fitWall([{ id: "Filling", machines: [1] }], DESK);
  expect(named.head).toBeGreaterThan(few.head);
});

test("on a phone a cell is large enough for a finger, and a line has as many rows as it needs", () => {
  const fit = fitWall(plant(20, 50), PHONE);
  expect(fit.isNarrow).toBe(true);
  expect(fit.cell * 16).toBeGreaterThanOrEqual(24);
  expect(fit.columns * fit.cell * 16).toBeLessThanOrEqual(PHONE.width);
});

test("ten thousand machines scroll, and no cell is too small to see", () => {
  const fit = fitWall(plant(200, 50), DESK);
  expect(fit.row).toBe(1);
  expect(sum(fit.heights)).toBeGreaterThan(DESK.height);
});
