import { afterEach, expect, test, vi } from "vitest";
import { loadLanguage } from "../../texts/catalogue.ts";
import { changeLabel, placeMarks } from "./chartMarks.ts";

vi.stubGlobal("document", { documentElement: { lang: "" } });
afterEach(() => loadLanguage("en"));

test("a change on the chart has its person's name, and its outcome if it was not applied", async () => {
  expect(changeLabel("anna", "applied")).toBe("anna");
  expect(changeLabel("anna", "blocked")).toBe("anna (blocked)");
  await loadLanguage("de");
  expect(changeLabel("anna", "blocked")).toBe("anna (gesperrt)");
});

const ROOM = { left: 0, right: 400, scale: 1 };
const place = (...changes: [number, string][]) =>
  placeMarks(
    changes.map(([x, name]) => ({ x, name })),
    ROOM,
    (text) => text.length * 7,
  );

test("a name is right of its mark, and left of it at the edge of the chart", () => {
  expect(place([390, "anna"], [100, "ben"])).toEqual([
    { x: 390, name: "anna", nameAt: 357 },
    { x: 100, name: "ben", nameAt: 105 },
  ]);
});

test("changes that would overlap are one mark with their count", () => {
  expect(place([100, "anna"], [103, "ben"], [108, "cleo"])).toEqual([
    { x: 108, name: "cleo +2", nameAt: 113 },
  ]);
});

test("no name overlaps a mark or another name", () => {
  const placed = place([390, "anna"], [350, "benedikt"], [330, "cleo"], [300, "dora"], [20, "emil"]);
  const boxes = placed.flatMap(({ x, name, nameAt }) => [
    [x - 4, x + 4] as const,
    ...(nameAt === null ? [] : [[nameAt, nameAt + name.length * 7] as const]),
  ]);
  const sorted = boxes.sort((a, b) => a[0] - b[0]);
  for (const [index, box] of sorted.slice(1).entries())
    expect(box[0]).toBeGreaterThanOrEqual(sorted[index]?.[1] ?? 0);
  expect(placed.filter(({ nameAt }) => nameAt !== null).length).toBeGreaterThan(1);
});
