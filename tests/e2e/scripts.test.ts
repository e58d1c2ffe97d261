/**
 * What people write is text. The board shows scripts in a name, a reason, a file name or a cell as they were typed, on
 * every page, and none of them runs.
 */
import type { Page } from "@playwright/test";
import { ended, expect, HEADER, open, test, upload, workbook } from "./board.ts";
import { DemoServer } from "./server.ts";

const script = (mark: string) => `<img src=x onerror="ran='${mark}'">`;
const PERSON = script("person");
const REASON = `${script("reason")}<script>ran='reason'</script>`;
const FILE = `"><svg onload=ran='file'>.xlsx`;
const CELL = script("cell");
const COLUMN = script("column");

let server: DemoServer;
test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
});
test.afterAll(async () => server.stop());

/** Records in the page which scripts ran and which the policy blocked. */
async function watch(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  await page.exposeFunction("recordWrong", (what: string) => wrong.push(what));
  await page.addInitScript(() => {
    const record = (what: string) =>
      void (window as unknown as { recordWrong(what: string): void }).recordWrong(what);
    Object.defineProperty(window, "ran", { set: record });
    document.addEventListener("securitypolicyviolation", (event) =>
      record(`${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  return wrong;
}

/** Checks that the page shows the text, and made no element of it. */
async function isPlain(page: Page, ...texts: string[]): Promise<void> {
  for (const text of texts) await expect(page.getByText(text).first()).toBeVisible();
  await expect(page.locator("[onerror], [onload], img[src='x']")).toHaveCount(0);
}

test("scripts in a name, a reason, a file name and a cell are text on every page and do not run", async ({
  page,
}) => {
  const wrong = await watch(page);
  const as = `user=${encodeURIComponent(PERSON)}`;

  await open(page, `${server.url}/upload?${as}`);
  await isPlain(page, PERSON);

  // A column and a machine that are scripts: the board refuses them and shows their text.
  await upload(page, FILE, workbook([[COLUMN], [1]]));
  await expect(page.getByRole("alert")).toContainText(COLUMN);
  await isPlain(page, FILE, COLUMN);

  await open(page, `${server.url}/upload?${as}`);
  const rows = [
    HEADER,
    ["m:401", 1234, null],
    [CELL, 100, null],
    ["m:402", CELL, null],
    ["m:403", 100, CELL],
  ];
  await upload(page, FILE, workbook(rows));
  await expect(page.getByText("3 rows with errors")).toBeVisible();
  await isPlain(page, FILE, CELL);

  await page.getByLabel("Reason").fill(REASON);
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(ended(page, "✓ 1 applied")).toBeVisible();
  await isPlain(page, FILE);

  await isPlain(page, PERSON, REASON, FILE);

  // Another person sees the same.
  await open(page, `${server.url}/batches?user=ben`);
  await isPlain(page, PERSON, REASON, FILE);
  await page.getByRole("link", { name: FILE }).click();
  await isPlain(page, PERSON, REASON, FILE);
  await open(page, `${server.url}/machines/m:401?user=ben`);
  await isPlain(page, PERSON);

  // It is also text in the address of a filter.
  await open(page, `${server.url}/batches?user=ben&person=${encodeURIComponent(PERSON)}`);
  await isPlain(page, REASON);
  expect(wrong).toEqual([]);
});

test("the test would notice a script that runs, and the board does not violate its own policy", async ({
  page,
}) => {
  const wrong = await watch(page);
  await open(page, `${server.url}/?user=anna`);
  await page.evaluate(() => {
    (window as unknown as { ran: string }).ran = "seen";
  });
  await expect.poll(() => wrong).toEqual(["seen"]);
});
