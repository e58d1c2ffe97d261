import type { Page } from "@playwright/test";
import { expect, test, upload } from "./board.ts";
import { patient } from "./patience.ts";
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
}

async function signIn(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.goto(server.url);
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const isLive = (page: Page) => expect(page.getByText("Connected", { exact: true })).toBeVisible();

test("a fresh server is set up by the link that it printed, and that link works once", async ({ page }) => {
  await page.goto(server.url);
  await expect(page.getByText("Nobody can sign in yet.")).toBeVisible();
  await useLink(page, server.firstLink, "boss");
  await isLive(page);
  expect(page.url()).not.toContain("link=");

  await page.goto("about:blank");
  await page.goto(server.firstLink);
  await expect(page.getByRole("alert")).toContainText("This link has been used");
});

test("nobody sees the plant without signing in, and a wrong password says so", async ({ page }) => {
  await signIn(page, "boss", "not the password");
  await expect(page.getByRole("alert")).toContainText("The name and the password do not fit together");
  await signIn(page, "boss");
  await isLive(page);
});

test("a person signs in by the administrator's link and sees only their line", async ({ page }) => {
  await useLink(page, await server.invite("otto", "--role", "operator", "--line", "01"));
  await isLive(page);
  await expect(page.getByRole("navigation").getByText("02", { exact: true })).toHaveCount(0);
  await page.goto(`${server.url}/lines/02`);
  await expect(page.locator("article")).toHaveCount(0);
});

test("signing out everywhere ends pages that are open elsewhere", async ({ page, browser }) => {
  await signIn(page, "boss");
  await isLive(page);
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await signIn(other, "boss");
  await isLive(other);

  await page.goto(`${server.url}/account`);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(other.getByRole("alert").first()).toContainText("Signed out");
  await other.getByRole("button", { name: "Load the page again" }).click();
  await expect(other.getByRole("button", { name: "Sign in" })).toBeVisible();
  await elsewhere.close();
});

test("an open page ends within five seconds after its person lost their rights", async ({ page }) => {
  await signIn(page, "otto");
  await isLive(page);
  await server.command("user", "grant", "otto", "--role", "viewer", "--line", "02");
  await expect(page.getByRole("button", { name: "Load the page again" })).toBeVisible({
    timeout: patient(5_000),
  });
  await page.getByRole("button", { name: "Load the page again" }).click();
  await isLive(page);
  await server.command("user", "disable", "otto");
  await page.getByRole("button", { name: "Load the page again" }).click({ timeout: patient(6_000) });
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
});

test("the page says that nothing was carried out to a person who is disabled during an upload, and nothing was", async ({
  page,
}) => {
  await useLink(page, await server.invite("ute", "--role", "operator", "--line", "01"));
  await isLive(page);
  let release = () => {};
  const isHeld = new Promise<void>((next) => {
    release = next;
  });
  await page.route("**/api/batches", async (route) => {
    await isHeld;
    await route.continue();
  });
  await page.goto(`${server.url}/upload`);
  await isLive(page);
  await upload(page, "plan.csv", Buffer.from("Machine ID,Target Speed\nm:401,1111\nm:402,1112\n"));
  const left = page.waitForRequest(
    (request) => request.method() === "POST" && request.url().endsWith("/api/batches"),
  );
  await page.getByRole("button", { name: "Change 2 targets" }).click();
  await left;
  await server.command("user", "disable", "ute");
  release();
  const rows = page.getByRole("row").filter({ hasText: /m:40[12]/ });
  await expect(rows).toHaveText([/Not sent: Sign in first/, /Not sent: Sign in first/]);
  await expect(page.getByText("✓ 0 applied · ✕ 2 not applied")).toBeVisible();
  await page.getByRole("button", { name: "Load the page again" }).click({ timeout: patient(6_000) });
  await signIn(page, "boss");
  await isLive(page);
  await page.goto(`${server.url}/batches`);
  await expect(page.getByText("plan.csv")).toHaveCount(0);
  await page.goto(`${server.url}/machines/m:401`);
  await expect(page.getByText("Nobody asked anything of this machine yet.")).toBeVisible();
});

test("a program's token is shown once and can be revoked", async ({ page }) => {
  await signIn(page, "boss");
  await isLive(page);
  await page.goto(`${server.url}/account`);
  await page.getByRole("textbox", { name: "Program" }).fill("mes");
  await page.getByRole("button", { name: "Create a token" }).click();
  const token = await page.locator("code.secret").innerText();
  const asks = () => fetch(`${server.url}/api/plant`, { headers: { Authorization: `Bearer ${token}` } });
  expect((await asks()).status).toBe(200);
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("No program has a token of yours.")).toBeVisible();
  expect((await asks()).status).toBe(401);
});
