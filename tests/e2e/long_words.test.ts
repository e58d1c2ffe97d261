/** A plant with long names, thirty fields and its own units. Every page fits at each width, and with large text. */
import type { Page } from "@playwright/test";
import { expect, test, upload, workbook } from "./board.ts";
import { PAGES, servePages, visit } from "./everyPage.ts";
import type { Values } from "./fakeServer.ts";
import { IS_FULL } from "./full.ts";
import { faultsOfGeometry } from "./geometry.ts";
import { patient } from "./patience.ts";

test.describe.configure({ mode: "parallel" });

const UNITS = ["m³/h", "kWh", "µS/cm", "bar(g)", "Stück/Schicht", "%"];
const LONG = "Sollwert des Durchflusses der Hauptleitung hinter dem zweiten Ventil";
const RECIPE = "Orangenmarmelade mit 60 % Fruchtanteil, ohne Zuckerzusatz";
const IDS = ["011", "012", "LNG1MASCH01", "LNG1MASCH02", "LNG1MASCH03"];
const FIELDS = [
  ...Array.from({ length: 20 }, (_, at) => ({
    name: `seen${at}`,
    type: "number",
    label: at % 2 ? LONG.replace("Sollwert", "Istwert") : `Druck ${at}`,
    unit: UNITS[at % UNITS.length],
    decimals: at % 4,
    maximum: 1_000_000,
  })),
  ...Array.from({ length: 8 }, (_, at) => ({
    name: `goal${at}`,
    type: "number",
    label: at % 2 ? LONG : `Soll ${at}`,
    unit: UNITS[at % UNITS.length],
    decimals: at % 4,
    minimum: -1_000,
    maximum: 1_000_000,
    isWritable: true,
    column: `Soll ${at}`,
    actual: `seen${at}`,
  })),
  {
    name: "recipe",
    type: "choice",
    label: "Rezept",
    options: [RECIPE, "B"],
    isWritable: true,
    column: "Rezept",
  },
];
const PLANT = {
  name: "Abfüll- und Verpackungswerk Oberammergau, Halle Nord und Halle Süd (Gebäude 17)",
  fields: FIELDS,
  lines: ["HALLE-NORD-01", "02", "HALLE-SUED-03"].map((id, at) => ({
    id,
    name: at ? "" : "Linie für die Abfüllung von Weithalsgläsern und anderen Gebinden",
    machines: at
      ? []
      : IDS.map((each) => ({ key: `m_${each}`, name: "Füllmaschine mit Etikettierung, Nordseite" })),
  })),
};
const RUNNING: Values = {
  status: "RUNNING",
  since: Date.now() / 1000 - 90,
  quality: "GOOD",
  recipe: RECIPE,
  ...Object.fromEntries(FIELDS.map(({ name }, at) => [name, name === "recipe" ? RECIPE : 658_243.2 + at])),
};
const RECORDS = Object.fromEntries(IDS.map((id) => [`m_${id}`, RUNNING]));

const SIZES = [
  [360, ""],
  [720, ""],
  [1280, ""],
  [360, "150%"],
  [1280, "150%"],
] as const;
const SOME = IS_FULL ? SIZES : [SIZES[0], SIZES[2], SIZES[4]];

async function faultsAtEachSize(page: Page): Promise<string[]> {
  const faults: string[] = [];
  for (const [width, text] of SOME) {
    await page.evaluate((size) => document.documentElement.style.setProperty("font-size", size), text);
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate(
      () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next))),
    );
    for (const fault of await page.evaluate(faultsOfGeometry, "body"))
      faults.push(`${width} px ${text}: ${fault}`);
  }
  return faults;
}

const LINE = "/lines/HALLE-NORD-01";
const TILES = ["", "?tiles=dense", "?tiles=large"].map(
  (query) => [LINE + query, "article[data-machine]"] as const,
);
const MACHINE = ["/machines/m:LNG1MASCH01", ".machine-actual"] as const;
/** The pages with the longest words. `make test-full` checks all pages. */
const LONGEST = ["/", "/events", "/shifts", "/limits"];
const OTHERS = PAGES.filter(([path]) =>
  IS_FULL ? !/^.(lines|machines|upload)/.test(path) : LONGEST.includes(path),
);

for (const [path, shown] of [...TILES, MACHINE, ...OTHERS])
  test(`long words fit ${path}`, async ({ page }) => {
    test.setTimeout(patient(120_000));
    const server = await servePages(page, PLANT, RECORDS);
    await visit(page, server, path);
    await expect(page.locator(shown).first()).toBeVisible();
    expect(await faultsAtEachSize(page)).toEqual([]);
  });

test("long words fit a preview", async ({ page }) => {
  const server = await servePages(page, PLANT, RECORDS);
  await visit(page, server, "/upload");
  const rows = IDS.map((id) => [`m:${id}`, 12, 30.5, "B"]);
  const header = ["Machine ID", "Soll 0", "Soll 1", "Rezept"];
  const name = "Schichtplan für die Abfüllung von Weithalsgläsern, Kalenderwoche 48 (endgültig) (2).xlsx";
  await upload(page, name, workbook([header, ...rows, ["m:011", 12_000_000, 1, "B"]]));
  await expect(page.getByText(/will change/)).toBeVisible();
  expect(await faultsAtEachSize(page)).toEqual([]);
});

test("long words fit a wall", async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  const server = await servePages(page, PLANT, RECORDS);
  await visit(page, server, "/?kiosk");
  const number = page.locator(".wall-number").last();
  await expect(number).toHaveText("m:LNG1MASCH03");
  expect(await page.evaluate(faultsOfGeometry, "body")).toEqual([]);
  const isCut = await number.evaluate((node) => node.scrollWidth > node.clientWidth);
  expect(isCut, "the number of a machine is whole").toBe(false);
});
