import type { Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { IS_FULL } from "./full.ts";
import { patient } from "./patience.ts";
import { fitsScreen, readsWell } from "./readsWell.ts";
import { ServeServer } from "./serve.ts";

const PASSWORD = "nine green lathes";
let server: ServeServer;

test.describe.configure({ mode: "serial" });
test.beforeAll(async () => {
  server = await ServeServer.start();
});
test.afterAll(async () => server.stop());

async function useLink(page: Page, link: string, name?: string): Promise<void> {
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
}

const isLive = (page: Page) => expect(page.getByText("Connected", { exact: true })).toBeVisible();

async function look(page: Page, name: string, theme: string): Promise<void> {
  await readsWell(page, name, { theme, fullPage: true });
  await fitsScreen(page, name);
}

test("a person is added, signs in by their link, and gets the sign-in page when they are disabled", async ({
  page,
  browser,
}) => {
  await useLink(page, server.firstLink, "boss");
  await page.getByRole("link", { name: "People" }).click();
  await page.getByLabel("Name", { exact: true }).fill("otto");
  await page.getByLabel("Whole plant").selectOption("by line");
  await expect(page.getByRole("button", { name: "Add" })).toBeDisabled();
  await page.getByLabel("Line 01").selectOption("operator");
  await page.getByRole("button", { name: "Add" }).click();
  const link = await page.locator("code.secret").innerText();
  await expect(page.getByRole("row", { name: /otto/ })).toContainText("operator on line 01");
  await expect(page.getByRole("row", { name: /otto/ })).toContainText("No password yet");

  const elsewhere = await browser.newContext();
  const ottos = await elsewhere.newPage();
  await useLink(ottos, link);
  await elsewhere.clearCookies();
  await signIn(ottos, "otto");
  await isLive(ottos);
  await expect(ottos.getByRole("link", { name: "People" })).toHaveCount(0);

  await page.getByRole("link", { name: "otto" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "127.0.0.1" })).toHaveCount(2);
  await page.getByRole("button", { name: "Disable otto" }).click();
  await expect(page.getByRole("row", { name: /otto/ })).toContainText("Disabled");
  await ottos.getByRole("button", { name: "Load the page again" }).click({ timeout: patient(6_000) });
  await expect(ottos.getByRole("button", { name: "Sign in" })).toBeVisible();

  await page.getByRole("button", { name: "Enable otto" }).click();
  await signIn(ottos, "otto");
  await isLive(ottos);
  await elsewhere.close();
});

test("the page changes anybody's rights, sessions and tokens", async ({ page, browser }) => {
  await signIn(page, "boss");
  const elsewhere = await browser.newContext();
  const ottos = await elsewhere.newPage();
  await signIn(ottos, "otto");
  await isLive(ottos);

  await page.goto(`${server.url}/people?person=otto`);
  await page.getByLabel("Line 02").selectOption("viewer");
  await page.getByRole("button", { name: "Change rights" }).click();
  await expect(page.getByRole("row", { name: /otto/ })).toContainText("viewer on line 02");
  await ottos.getByRole("button", { name: "Load the page again" }).click({ timeout: patient(6_000) });
  await isLive(ottos);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByText("Nowhere.")).toBeVisible();
  await ottos.getByRole("button", { name: "Load the page again" }).click({ timeout: patient(6_000) });
  await expect(ottos.getByRole("button", { name: "Sign in" })).toBeVisible();

  await page.getByRole("textbox", { name: "Program" }).fill("mes");
  await page.getByRole("button", { name: "Create a token" }).click();
  const token = await page.locator("code.secret").innerText();
  const asks = () => fetch(`${server.url}/api/plant`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await asks()).status).toBe(200);
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("No program has a token of otto.")).toBeVisible();
  expect((await asks()).status).toBe(401);
  await elsewhere.close();
});

test("the page says who may use it to a person who is not an administrator, and no link leads there", async ({
  page,
}) => {
  await signIn(page, "otto");
  await isLive(page);
  await expect(page.getByRole("link", { name: "People" })).toHaveCount(0);
  await page.goto(`${server.url}/people`);
  await expect(page.getByRole("alert")).toContainText("for administrators of the whole plant");
});

for (const theme of ["light", "dark"] as const) {
  test(`the page reads well on a screen and on a phone, ${theme}`, async ({ page }) => {
    await signIn(page, "boss");
    await isLive(page);
    for (const [width, height, where] of [
      [1280, 800, "screen"],
      [390, 844, "phone"],
    ] as const) {
      if (theme === "dark" && where === "phone" && !IS_FULL) continue; // a theme has the same colours on every screen
      await page.setViewportSize({ width, height });
      await page.goto(`${server.url}/people?theme=${theme}`);
      await page.getByLabel("Name", { exact: true }).fill(`${theme}-${where}`);
      await page.getByRole("button", { name: "Add" }).click();
      await expect(page.locator("code.secret")).toBeVisible();
      await look(page, `people-${where}-${theme}`, theme);
      await page.goto(`${server.url}/people?person=otto&theme=${theme}`);
      await expect(page.getByRole("heading", { name: "otto" })).toBeVisible();
      await look(page, `person-${where}-${theme}`, theme);
      await page.goto(`${server.url}/account?theme=${theme}`);
      await expect(page.getByRole("heading", { name: "boss" })).toBeVisible();
      await look(page, `account-${where}-${theme}`, theme);
    }
  });
}
