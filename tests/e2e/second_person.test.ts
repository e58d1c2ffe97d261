import type { Page } from "@playwright/test";
import { change, expect, setPoint, test } from "./board.ts";
import { ServeServer } from "./serve.ts";

const PASSWORD = "nine green lathes";
const PLANT = `
name = "Four eyes"
[fields.speed]
unit = "rpm"
[fields.targetSpeed]
label = "Target speed"
unit = "rpm"
min = 0
max = 3000
writable = true
column = "Target Speed"
required = true
actual = "speed"
needs_second_person = true
[sources.simulator]
kind = "simulator"
stops = false
[[lines]]
id = "01"
machines = ["401-403"]
`;
let server: ServeServer;

test.beforeAll(async () => {
  server = await ServeServer.start(PLANT);
});
test.afterAll(async () => server.stop());

async function comeIn(page: Page, link: string, name?: string): Promise<void> {
  await page.goto(link);
  if (name) await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByLabel("Password again").fill(PASSWORD);
  await page.getByRole("button", { name: /Set up|Set the password/ }).click();
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
}

test("a change that needs a second person waits for a colleague, who sees it and confirms it", async ({
  page,
  browser,
}) => {
  await comeIn(page, server.firstLink, "anna");
  // The colleague is elsewhere, and confirms on a phone.
  const elsewhere = await browser.newContext({
    hasTouch: true,
    isMobile: true,
    viewport: { width: 390, height: 844 },
  });
  const colleague = await elsewhere.newPage();
  await comeIn(colleague, await server.invite("bert", "--role", "operator"));

  await page.goto(`${server.url}/lines/01`);
  await expect(setPoint(page, "m_402")).toBeVisible();
  await change(page, "m_402", 155);
  await expect(setPoint(page, "m_402")).not.toContainText("155");

  await colleague.getByRole("link", { name: "A change waits for a second person" }).tap();
  await expect(
    colleague.getByRole("listitem").filter({ hasText: /m:402 · Target speed:.*→ 155/ }),
  ).toBeVisible();
  await colleague.getByRole("button", { name: "Confirm" }).tap();
  await expect(colleague.getByText("Nothing waits.", { exact: false })).toBeVisible();
  await expect(setPoint(page, "m_402")).toContainText("155");
  await elsewhere.close();
});
