/** One target from the keyboard to the network: the digits, the link, the deadline, and changes meanwhile. */
import type { Page } from "@playwright/test";
import { expect, test } from "./board.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";

const RUNNING: Values = {
  status: "RUNNING",
  since: 1_700_000_000,
  quality: "GOOD",
  seen: null,
  speed: 1000,
  temp: 33.9,
  targetSpeed: 1000,
  mode: "RUN",
};

async function openEditor(page: Page): Promise<FakeServer> {
  const server = await FakeServer.on(page, { lines: [lineOf("01", 2)] }, { m_010: RUNNING, m_011: RUNNING });
  await page.goto(`${server.url}/lines/01`);
  await page.locator('[data-tile="m_010"]').press("Enter");
  await expect(page.getByLabel("Target speed")).toBeFocused();
  return server;
}

async function type(page: Page, text: string): Promise<void> {
  await page.getByLabel("Target speed").fill(text);
  await page.keyboard.press("Enter");
}

test("a number that can be read two ways is refused, and nothing is asked or sent (XL-2)", async ({
  page,
}) => {
  const server = await openEditor(page);
  for (const text of ["1.250", "1,250"]) {
    await type(page, text);
    await expect(page.getByRole("alert")).toContainText(`“${text}” can be 1250 or 1.250`);
  }
  expect(server.posted).toEqual([]);
});

for (const [typed, digits] of [
  ["1010.5", 1010.5],
  ["1 010,5", 1010.5],
  ["12,5", 12.5],
  ["2000", 2000],
] as const)
  test(`“${typed}” is ${digits} in the question and in the commit (XL-2)`, async ({ page }) => {
    const server = await openEditor(page);
    await type(page, typed);
    const answer = page.getByRole("button", { name: `Change to ${digits} rpm` });
    if (typed !== "1010.5") {
      await expect(answer).toBeFocused();
      await page.keyboard.press("Enter");
    }
    await expect
      .poll(() => server.posted.map(({ updates }) => updates))
      .toEqual([{ m_010: { targetSpeed: digits } }]);
    await expect(page.locator('[data-machine="m_010"] .pending-value')).toHaveText(
      digits.toLocaleString("en-GB"),
    );
    await expect(page.locator('[data-machine="m_010"] > .set-point > .set-value')).toHaveText("1,000");
  });

test("while the server is silent the editor says so, sends nothing, and continues when it is back (CMD-8)", async ({
  page,
}) => {
  await page.clock.install();
  const server = await openEditor(page);
  await page.getByLabel("Target speed").fill("1010");
  server.isSilent = true;
  await page.clock.runFor(7_000);
  await expect(page.getByRole("alert")).toContainText("The server is silent. Nothing is sent");
  await expect(page.getByRole("button", { name: "Change", exact: true })).toBeDisabled();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Target speed")).toHaveValue("1010");
  expect(server.posted).toEqual([]);
  server.isSilent = false;
  await expect(page.getByRole("button", { name: "Change", exact: true })).toBeEnabled();
  await page.getByLabel("Target speed").press("Enter");
  await expect.poll(() => server.posted.length).toBe(1);
});

test("a commit says until when it may be sent: the last ping, the time since, and three seconds (CMD-8)", async ({
  page,
}) => {
  const server = await openEditor(page);
  await page.waitForTimeout(1_500);
  const before = Date.now() / 1000;
  await type(page, "1010");
  await expect.poll(() => server.posted.length).toBe(1);
  const after = Date.now() / 1000;
  const until = server.posted[0]?.notAfter ?? 0;
  // The ping's delay makes the limit earlier, never later.
  expect(until).toBeGreaterThan(before);
  expect(until).toBeLessThanOrEqual(after + 3);
});

test("a commit that came too late is shown as not sent, never as failed at the machine (CMD-8)", async ({
  page,
}) => {
  const server = await openEditor(page);
  server.answer = () => ({
    status: 409,
    json: { type: "/problems/too-late", title: "Too late", status: 409 },
  });
  await type(page, "1010");
  await expect(page.locator('[data-machine="m_010"] .tile-note')).toContainText(
    "Not sent: it reached the server too late",
  );
  await expect(page.locator("[data-sonner-toast]")).toContainText("Not sent: it reached the server too late");
});

test("if the set-point moved while the person was typing, the editor asks, and the new rev is the base (PRE-1)", async ({
  page,
}) => {
  const server = await openEditor(page);
  await page.getByLabel("Target speed").fill("1010");
  server.report({ m_010: { targetSpeed: 555 } }, { revs: { m_010: { targetSpeed: 5 } } });
  await expect(page.getByText("now 555 rpm")).toBeVisible();
  await page.getByLabel("Target speed").press("Enter");
  await expect(page.getByText("Changed while you were typing.")).toBeVisible();
  expect(server.posted).toEqual([]);
  await page.getByRole("button", { name: "Change to 1010 rpm" }).click();
  await expect.poll(() => server.posted.map(({ base }) => base)).toEqual([{ m_010: { targetSpeed: 5 } }]);
});
