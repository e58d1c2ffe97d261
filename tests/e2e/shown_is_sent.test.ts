import type { Page } from "@playwright/test";
import { ended, expect, HEADER, open, type Row, test, upload, workbook } from "./board.ts";
import { patient } from "./patience.ts";
import { DemoServer } from "./server.ts";

/** The board sends what the preview showed (PRE-1), and a machine that has not reported is no change (PRE-2). */
let server: DemoServer;
test.beforeAll(async () => {
  server = await DemoServer.start({ machines: 2_000, isCalm: true });
});
test.afterAll(async () => server.stop());

interface Record {
  readonly id: string;
  readonly key: string;
  readonly speed: number;
}

/** Reads the machines of some lines and their reported set-points, past the board. */
async function machines(topic = "dashboard:global"): Promise<Record[]> {
  const { read, utils } = await import("@e965/xlsx");
  const sheet = read(await server.template(topic)).Sheets.Targets;
  if (!sheet) throw new Error("the template has no sheet Targets");
  const [, ...rows] = utils.sheet_to_json<[string, number]>(sheet, { header: 1 });
  return rows.map(([id, speed]) => ({ id, key: id.replace(":", "_"), speed }));
}

const near = (speed: number) => (speed > 1_500 ? speed - 100 : speed + 100);

interface Sent {
  readonly txId: string;
  readonly updates: { readonly [machine: string]: { readonly [field: string]: unknown } };
  readonly base: { readonly [machine: string]: { readonly [field: string]: number } };
}

/** Records every batch that the page posts. */
function watchPosts(page: Page): Sent[] {
  const posts: Sent[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/batches"))
      posts.push(request.postDataJSON());
  });
  return posts;
}

const table = (page: Page) => page.getByRole("region", { name: "What would change" });

async function preview(page: Page, rows: readonly Row[]): Promise<void> {
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "plan.xlsx", workbook([HEADER, ...rows]));
}

test("a stop that came and went unticks its row at once, and a row that is ticked again is sent with the rev shown then", async ({
  page,
}) => {
  const [one, two, another] = await machines("line:01");
  if (!one || !two || !another) throw new Error("expected three machines");
  const posts = watchPosts(page);
  await preview(page, [
    [one.id, near(one.speed), null],
    [two.id, near(two.speed), null],
  ]);
  await expect(page.getByRole("button", { name: "Change 2 targets" })).toBeEnabled();
  await server.simulate(one.key, { status: "EMERGENCY_STOP" });
  await expect(table(page).getByRole("row", { name: one.id })).toContainText("EMERGENCY STOP");
  await expect(page.getByRole("button", { name: "Change 1 target" })).toBeEnabled();
  await server.simulate(one.key, { status: null });
  // Facts are stored in their order, and the page gets the stop's rev once it is stored: before this answer.
  await server.give({ [another.key]: { targetSpeed: near(another.speed) } }, "ben");
  const row = table(page).getByRole("row", { name: one.id });
  await expect(row).toContainText("Conflict");
  await expect(row.getByRole("checkbox")).not.toBeChecked();
  await expect(page.getByRole("button", { name: "Change 1 target" })).toBeEnabled();
  // Any later change at the machine unticks the row again.
  await expect(async () => {
    await row.getByRole("checkbox").check();
    await expect(page.getByRole("button", { name: "Change 2 targets" })).toBeEnabled();
  }).toPass();
  await page.getByRole("button", { name: "Change 2 targets" }).click();
  await expect(ended(page, "✓ 2 applied")).toBeVisible();
  expect(posts).toHaveLength(1);
  expect(posts[0]?.base[one.key]?.targetSpeed).toBeGreaterThan(0);
});

test("another operator's change unticks the row and names the operator", async ({ page }) => {
  const [one] = await machines("line:02");
  if (!one) throw new Error("expected a machine");
  const posts = watchPosts(page);
  await preview(page, [[one.id, near(one.speed), null]]);
  await expect(page.getByRole("button", { name: "Change 1 target" })).toBeEnabled();
  await server.give({ [one.key]: { targetSpeed: 555 } }, "ben");
  const row = table(page).getByRole("row", { name: one.id });
  await expect(row).toContainText(/Changed by ben at .*, after it was shown here; it is 555 rpm now/);
  await expect(row.getByRole("checkbox")).not.toBeChecked();
  await expect(page.getByRole("button", { name: "Change 0 targets" })).toBeDisabled();
  expect(posts).toEqual([]);
});

test("another person's change that has not reached the page yet ends as a conflict", async ({ page }) => {
  const [, one] = await machines("line:03");
  if (!one) throw new Error("expected a machine");
  // The test holds the commit while it makes the other change, so nobody could have seen it. The commit is never too
  // late: without `notAfter` its time counts from its arrival (CMD-8).
  await page.route("**/api/batches", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await server.give({ [one.key]: { targetSpeed: 556 } }, "ben");
    const { notAfter: _, ...body } = route.request().postDataJSON();
    return route.continue({ postData: JSON.stringify(body) });
  });
  await preview(page, [[one.id, near(one.speed), null]]);
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(page.getByText("Updated by another operator: ben").first()).toBeVisible();
  await expect(ended(page, "✓ 0 applied · ✕ 1 not applied")).toBeVisible();
});

test("of 2,000 machines with 10 changes only 10 are sent, however soon the button is pressed", async ({
  page,
}) => {
  const all = await machines();
  expect(all).toHaveLength(2_000);
  const rows = all.map(({ id, speed }, index): Row => [id, index % 200 === 7 ? near(speed) : speed, null]);
  const posts = watchPosts(page);
  await open(page, `${server.url}/upload?user=anna`);
  // Notes every text of the button from its first paint on.
  await page.evaluate(() => {
    const texts: string[] = [];
    Reflect.set(window, "texts", texts);
    new MutationObserver(() => {
      for (const button of document.querySelectorAll(".foot button.primary")) {
        if (!(button as HTMLButtonElement).disabled) texts.push(button.textContent ?? "");
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await upload(page, "shift.xlsx", workbook([HEADER, ...rows]));
  await page.getByRole("button", { name: /^Change \d/ }).click({ timeout: patient(30_000) });
  await expect(page.getByRole("region", { name: "What became of each row" })).toBeVisible();
  const texts = await page.evaluate(() => Reflect.get(window, "texts") as string[]);
  const counts = texts
    .filter((text) => text.startsWith("Change"))
    .map((text) => Number(/[\d,]+/.exec(text)?.[0].replaceAll(",", "")));
  expect(new Set(counts)).toEqual(new Set([10]));
  expect(posts).toHaveLength(1);
  const wanted = all.filter((_, index) => index % 200 === 7).map(({ key }) => key);
  expect(Object.keys(posts[0]?.updates ?? {}).sort()).toEqual(wanted.sort());
});
