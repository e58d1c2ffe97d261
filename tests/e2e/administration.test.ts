import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { IS_FULL } from "./full.ts";
import { fitsScreen, readsWell } from "./readsWell.ts";
import { ServeServer } from "./serve.ts";

const PASSWORD = "nine green lathes";
const plant = (machines: number[]) =>
  `name = "Administered"
[sources.simulator]
kind = "simulator"
stops = false
[[lines]]
id = "01"
machines = ${JSON.stringify(machines)}
`;

let server: ServeServer;

test.describe.configure({ mode: "serial" });
test.beforeAll(async ({ browser }) => {
  server = await ServeServer.start(plant([401, 402]));
  const context = await browser.newContext();
  const page = await context.newPage();
  await choosePassword(page, server.firstLink, "boss");
  await context.close();
});
test.afterAll(async () => server.stop());

async function choosePassword(page: Page, link: string, name?: string): Promise<void> {
  await page.goto(link);
  if (name) await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password again").fill(PASSWORD);
  await page.getByRole("button", { name: /Set up|Set the password/ }).click();
  await isLive(page);
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await isLive(page);
}

const isLive = (page: Page) => expect(page.getByText("Connected", { exact: true })).toBeVisible();

test("limits are set for everybody and for one account, and the exported log has both", async ({ page }) => {
  await server.invite("otto", "--role", "operator");
  await signIn(page, "boss");
  await page.getByRole("link", { name: "People" }).click();
  await page.getByRole("link", { name: "Limits", exact: true }).click();
  await page.getByLabel("More targets an hour").fill("500");
  await page.getByRole("button", { name: "Set the limits" }).click();
  await expect(page.getByRole("button", { name: "Set the limits" })).toBeDisabled();
  await page.getByLabel("Limits of").selectOption("otto");
  await expect(page.getByLabel("More targets an hour")).toHaveValue("500");
  await page.getByLabel("More targets an hour").fill("900");
  await page.getByRole("button", { name: "Set the limits" }).click();
  await expect(page.getByText("(default 500)")).toBeVisible();
  await page.getByRole("button", { name: "Follow the default" }).click();
  await expect(page.getByLabel("More targets an hour")).toHaveValue("500");

  await page.getByRole("link", { name: "Security log" }).click();
  await page.getByRole("combobox", { name: "What", exact: true }).selectOption("limits changed");
  await expect(page.getByRole("row", { name: /limits changed/ })).toHaveCount(3);
  await page.getByLabel("When").selectOption("last hour");
  await page.getByLabel("Person", { exact: true }).fill("boss");
  await expect(page.getByRole("row", { name: /limits changed/ })).toHaveCount(3);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export csv" }).click();
  const exported = readFileSync(await (await downloading).path(), "utf8");
  expect(exported.match(/limits-changed/g)).toHaveLength(3);
  expect(exported).not.toContain("signed-in");
  await page.getByLabel("Person", { exact: true }).fill("nobody");
  await expect(page.getByText("No entry matches.")).toBeVisible();
});

test("the plant file is read again, and the page says why a file cannot be used [PLANT-1]", async ({
  page,
}) => {
  await signIn(page, "boss");
  await page.goto(`${server.url}/plant-file`);
  server.edit(plant([401, 403]));
  await page.getByRole("button", { name: "Read the plant file again" }).click();
  await expect(page.getByRole("main").getByText("m:403")).toBeVisible();
  await expect(page.getByText("Machines removed (1)")).toBeVisible();
  server.edit('name = "Broken"\nlines = 3\n');
  await page.getByRole("button", { name: "Read the plant file again" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("Nothing was changed");
  await isLive(page);
  server.edit(plant([401, 403]));
});

test("an operator finds no link to the administrators' pages, and these pages say who may use them", async ({
  page,
}) => {
  await choosePassword(page, await server.invite("vera", "--role", "operator"));
  await expect(page.getByRole("link", { name: "People" })).toHaveCount(0);
  for (const path of ["limits", "security", "deliveries", "plant-file"]) {
    await page.goto(`${server.url}/${path}`);
    await expect(page.getByRole("main").getByRole("alert")).toContainText(
      "administrators of the whole plant",
    );
  }
});

test("every page says that the disk is nearly full", async ({ page }) => {
  await page.route("**/api/disk", (route) =>
    route.fulfill({ json: { isLow: true, freeBytes: 90_000_000, historyStopped: "" } }),
  );
  await signIn(page, "boss");
  await expect(page.getByText("90 MB are free")).toBeVisible();
  await expect(page.getByText("setpoint retention")).toBeVisible();
});

const SIZES = { screen: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

for (const theme of ["light", "dark"] as const)
  for (const [where, size] of Object.entries(SIZES))
    test(`the pages read well on a ${where}, ${theme}`, async ({ page }) => {
      // Colours are the same on every screen.
      test.skip(theme === "dark" && where === "phone" && !IS_FULL, "only in `make test-full`");
      await page.route("**/api/disk", (route) =>
        route.fulfill({ json: { isLow: true, freeBytes: 90_000_000, historyStopped: "" } }),
      );
      await signIn(page, "boss");
      await page.setViewportSize(size);
      for (const view of ["people", "limits", "security", "deliveries", "plant-file"]) {
        await page.goto(`${server.url}/${view}?theme=${theme}`);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        if (view === "plant-file")
          await page.getByRole("button", { name: "Read the plant file again" }).click();
        if (view === "security") await expect(page.getByRole("row", { name: /set up/ })).toBeVisible();
        if (view === "limits") await expect(page.getByLabel("Targets at once")).toBeVisible();
        await expect(page.getByText("90 MB are free")).toBeVisible();
        await readsWell(page, `${view}-${where}-${theme}`, { theme, fullPage: true });
        await fitsScreen(page, `${view} on a ${where}`);
      }
    });
