import { readFileSync } from "node:fs";
import { read, utils, write } from "@e965/xlsx";
import type { FileChooser, Locator, Page } from "@playwright/test";
import { drop, ended, expect, HEADER, open, type Row, setPoint, test, upload, workbook } from "./board.ts";
import { patient } from "./patience.ts";
import { DemoServer } from "./server.ts";

let server: DemoServer;
test.beforeAll(async () => {
  server = await DemoServer.start({ machines: 1_000, isCalm: true, slowMs: 4_000 });
});
test.afterAll(async () => server.stop());

/** The plant's machines and their reported set-points, from the template. */
async function targets(): Promise<{ id: string; speed: number }[]> {
  const sheet = read(await server.template()).Sheets.Targets;
  if (!sheet) throw new Error("the template has no sheet Targets");
  const [, ...rows] = utils.sheet_to_json<[string, number]>(sheet, { header: 1 });
  return rows.map(([id, speed]) => ({ id, speed }));
}

/**
 * A page on a busy machine is never too late, because without `notAfter` a batch's time counts from its arrival
 * (CMD-8).
 */
test.beforeEach(({ page }) =>
  page.route(/\/api\/batches(\/[^/]+\/(undo|retry))?$/, async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    const { notAfter: _, ...body } = route.request().postDataJSON();
    return route.continue({ postData: JSON.stringify(body) });
  }),
);

const near = (speed: number) => (speed > 1500 ? speed - 100 : speed + 100);

test("1,000 rows are dropped, previewed and committed, and every row is followed to its outcome", async ({
  page,
}) => {
  const machines = await targets();
  expect(machines).toHaveLength(1_000);
  const rows: Row[] = [HEADER, ...machines.map(({ id, speed }) => [id, near(speed), "RUN"])];
  await open(page, `${server.url}/?user=anna`);
  await drop(page, "shift.xlsx", workbook(rows));
  await expect(page.getByRole("heading", { name: "shift.xlsx" })).toBeVisible();
  await expect(page.getByText("1,000 will change")).toBeVisible({ timeout: patient(20_000) });
  await page.getByLabel("Reason").fill("night shift");
  await page.getByRole("button", { name: "Change 1,000 targets" }).click();
  await expect(page.getByRole("region", { name: "What became of each row" })).toBeVisible();
  await expect(ended(page, "✓ 1,000 applied")).toBeVisible({ timeout: patient(30_000) });
  await expect(page.getByText("night shift")).toBeVisible();
  await expect(page.getByRole("button", { name: "Undo 1,000 targets" })).toBeVisible();
});

test("a wrong template is refused with what is missing and what was found; nothing is sent", async ({
  page,
}) => {
  await open(page, `${server.url}/upload?user=anna`);
  await upload(
    page,
    "wages.xlsx",
    workbook([
      ["Name", "Hours"],
      ["Ada", 38],
    ]),
  );
  const refusal = page.getByRole("alert");
  await expect(refusal).toContainText("wages.xlsx was not read");
  await expect(refusal).toContainText("Invalid Template");
  await expect(refusal).toContainText("Machine ID");
  await expect(refusal).toContainText("Name");
  await expect(page.getByRole("button", { name: "Choose a workbook" })).toBeVisible();
});

test("a csv in an old code page says so, and is read again in the encoding that the person chooses", async ({
  page,
}) => {
  const [machine] = await targets();
  if (!machine) throw new Error("expected a machine");
  const plan = Buffer.from(`Machine ID;Target Speed;\xd1\xec\xe5\xed\xe0\r\n${machine.id};9;1\r\n`, "latin1");
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "plan.csv", plan);
  await expect(page.getByText("The encoding of the file is not known.")).toBeVisible();
  await page.getByLabel("Encoding").selectOption("windows-1251");
  await expect(page.getByText("“Смена”")).toBeVisible();
  await expect(page.getByText("The encoding of the file is not known.")).toHaveCount(0);
  await page.getByLabel("Encoding").selectOption("utf-8");
  await expect(page.getByRole("alert")).toContainText("The file is not in utf-8");
  await page.getByLabel("Encoding").selectOption("windows-1251");
  await expect(page.getByText("1 will change")).toBeVisible();
});

test("errors come first, a wrong row can be corrected, and a row can be left out", async ({ page }) => {
  const [a, b, c] = await targets();
  if (!a || !b || !c) throw new Error("expected three machines");
  await open(page, `${server.url}/upload?user=anna`);
  const rows: Row[] = [HEADER, [a.id, near(a.speed), null], [b.id, 9_999, null], [c.id, near(c.speed), null]];
  await upload(page, "mixed.xlsx", workbook(rows));
  const table = page.getByRole("region", { name: "What would change" });
  await expect(table.getByRole("row").nth(1)).toContainText(/Error.*9999/);
  await expect(page.getByText("2 will change")).toBeVisible();
  await expect(page.getByText("1 row with errors")).toBeVisible();

  await table.getByRole("button", { name: /Fix row 3/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Machine ID")).toHaveValue(b.id);
  const speed = dialog.getByLabel("Target Speed");
  await expect(speed).toHaveValue("9999");
  await expect(speed).toBeFocused();
  await expect(speed).toHaveAttribute("aria-invalid", "true");
  await expect(speed).toHaveAccessibleDescription(/takes a number from 0 to 3000 rpm, not 9999/);
  await expect(dialog.getByLabel("Machine ID")).toHaveAttribute("aria-invalid", "false");
  await speed.fill("1,250");
  await dialog.getByRole("button", { name: "Take this row" }).click();
  await expect(speed).toHaveAccessibleDescription(/“1,250” can be 1250 or 1.250/);
  await speed.fill(String(near(b.speed)));
  await dialog.getByRole("button", { name: "Take this row" }).click();
  await expect(page.getByText("3 will change")).toBeVisible();

  // `uncheck` would check at once, but the table changes a moment after the click.
  await table.getByRole("checkbox", { name: new RegExp(`Row 4: ${c.id}`) }).click();
  await expect(page.getByText("2 will change")).toBeVisible();
  await page.getByRole("button", { name: "Change 2 targets" }).click();
  await expect(ended(page, "✓ 2 applied")).toBeVisible();
  await expect(page.getByText("Not sent: left out")).toBeVisible();
});

test("one mistake in 300 rows is one group with its count, and a cell is corrected from its old text", async ({
  page,
}) => {
  const machines = (await targets()).slice(200, 501);
  const [last] = machines.slice(-1);
  if (!last) throw new Error("expected 301 machines");
  const rows: Row[] = [HEADER, ...machines.map(({ id }): Row => [id, "120 %", null])];
  rows[301] = [last.id, near(last.speed), "FASTER"];
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "percent.xlsx", workbook(rows));
  const wrong = page.getByRole("list", { name: "What is wrong in the file" });
  await expect(wrong.getByRole("button")).toHaveText([
    "✕ 300 rows · Target Speed: a percentage",
    "✕ 1 row · Mode: none of the choices",
  ]);
  await expect(wrong).toContainText("Rows 2, 3, 4, 5, 6 and 295 more");
  await wrong.getByRole("button", { name: /Mode/ }).click();
  const table = page.getByRole("region", { name: "What would change" });
  await expect(table.getByRole("row")).toHaveCount(2);
  await expect(table.getByRole("row").nth(1)).toContainText(last.id);
  await expect(table.getByRole("row").nth(1)).toContainText("FASTER");

  await table.getByRole("button", { name: /Fix row 302/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Target Speed")).toHaveValue(String(near(last.speed)));
  await expect(dialog.getByLabel("Mode")).toHaveValue("FASTER");
  await dialog.getByLabel("Mode").selectOption("RUN");
  await dialog.getByRole("button", { name: "Take this row" }).click();
  await expect(dialog).toBeHidden();
  await expect(wrong.getByRole("button")).toHaveCount(1);
  await expect(page.getByText("300 rows with errors")).toBeVisible();
});

test("a field that others changed since the template was downloaded is a conflict and is left out", async ({
  page,
}) => {
  const sheetOf = read(await server.template("line:05"), { cellStyles: true });
  const sheet = sheetOf.Sheets.Targets;
  if (!sheet) throw new Error("the template has no sheet Targets");
  const [, first] = utils.sheet_to_json<[string, number]>(sheet, { header: 1 });
  if (!first) throw new Error("expected a machine");
  const [id, speed] = first;
  const machine = id.replace(":", "_");
  sheet.B2 = { t: "n", v: near(speed) };
  await server.give({ [machine]: { targetSpeed: near(speed) + 5 } }, "ben");
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "yesterday.xlsx", Buffer.from(write(sheetOf, { type: "buffer", bookType: "xlsx" })));
  await expect(page.getByText(/Conflict: Changed by ben at/)).toBeVisible();
  await expect(page.getByText("0 will change")).toBeVisible();
});

async function tabTo(page: Page, element: Locator): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    if (await element.evaluate((node) => node === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(element).toBeFocused();
}

test("the keyboard alone leads from u to the last outcome", async ({ page }) => {
  const [machine] = await targets();
  if (!machine) throw new Error("expected a machine");
  await open(page, `${server.url}/?user=anna`);
  await page.keyboard.press("u");
  await expect(page.getByRole("heading", { name: /Change many machines/ })).toBeVisible();
  const choose = page.getByRole("button", { name: "Choose a workbook" });
  const choosers: FileChooser[] = [];
  page.on("filechooser", (opened) => choosers.push(opened));
  // The view takes the focus when it is complete, which may be a moment later.
  await expect(async () => {
    await tabTo(page, choose);
    await page.keyboard.press("Enter");
    await expect.poll(() => choosers.length, { timeout: 2_000 }).toBeGreaterThan(0);
  }).toPass();
  await choosers[0]?.setFiles({
    name: "one.xlsx",
    mimeType: "application/octet-stream",
    buffer: workbook([HEADER, [machine.id, near(machine.speed) + 7, null]]),
  });
  const commit = page.getByRole("button", { name: "Change 1 target" });
  await expect(commit).toBeEnabled();
  await tabTo(page, commit);
  await page.keyboard.press("Enter");
  await expect(ended(page, "✓ 1 applied")).toBeVisible();
});

test("cells that are pasted from a spreadsheet are handled like a file", async ({ page }) => {
  const [machine] = await targets();
  if (!machine) throw new Error("expected a machine");
  await open(page, `${server.url}/?user=anna`);
  const cells = `Machine ID\tTarget Speed\n${machine.id}\t${near(machine.speed) + 9}\n`;
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  }, cells);
  await expect(page.getByRole("heading", { name: "Pasted cells" })).toBeVisible();
  await expect(page.getByText("1 will change")).toBeVisible();
});

test("a batch is undone through the same preview, and the page of batches lists both", async ({ page }) => {
  const machine = (await targets())[60];
  if (!machine) throw new Error("expected a machine");
  const key = machine.id.replace(":", "_");
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "undo-me.xlsx", workbook([HEADER, [machine.id, near(machine.speed), null]]));
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(ended(page, "✓ 1 applied")).toBeVisible();
  await page.getByRole("button", { name: "Undo 1 target" }).click();
  await expect(page.getByRole("heading", { name: "Undo of undo-me.xlsx" })).toBeVisible();
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(ended(page, "✓ 1 applied")).toBeVisible();
  await page.goto(`${server.url}/machines/${machine.id}?user=anna`);
  await expect(page.locator(`[data-machine="${key}"]`)).toBeVisible();
  await expect(page.locator(".machine-goal .set-value")).toHaveText(machine.speed.toLocaleString("en-GB"));
  await page.goto(`${server.url}/batches?user=anna&machine=${machine.id}`);
  await expect(page.getByRole("link", { name: "Undo", exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: "undo-me.xlsx" })).toBeVisible();
  const [exported] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export csv" }).click(),
  ]);
  expect(readFileSync(await exported.path(), "utf8")).toContain("undo-me.xlsx");
});

test("the same workbook comes back with the outcome of each row", async ({ page }) => {
  const [machine, stopped] = (await targets()).slice(110, 112);
  if (!machine || !stopped) throw new Error("expected two machines");
  await server.simulate(stopped.id.replace(":", "_"), { fault: "refuse" });
  await open(page, `${server.url}/upload?user=anna`);
  const rows = [HEADER, [machine.id, near(machine.speed), null], [stopped.id, near(stopped.speed), null]];
  await upload(page, "day.xlsx", workbook(rows));
  await page.getByRole("button", { name: "Change 2 targets" }).click();
  await expect(ended(page, /✓ 1 applied · ✕ 1 not applied/)).toBeVisible();
  const [back] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Get the workbook back" }).click(),
  ]);
  expect(back.suggestedFilename()).toBe("day-result.xlsx");
  const sheet = read(readFileSync(await back.path())).Sheets.Targets;
  if (!sheet) throw new Error("expected the sheet that was sent back");
  const results = utils.sheet_to_json<Record<string, string>>(sheet);
  expect(results.map((row) => row["Machine ID"])).toEqual([machine.id, stopped.id]);
  expect(results.map((row) => row.Status)).toEqual([
    expect.stringMatching(/applied/i),
    expect.stringMatching(/failed|refused/i),
  ]);
  await server.simulate(stopped.id.replace(":", "_"), { fault: null });
});

test("another sheet of a workbook is chosen without dropping the file again, and the copy says why each row was not sent", async ({
  page,
}) => {
  const [one, other, still] = (await targets()).slice(120, 123);
  if (!one || !other || !still) throw new Error("expected three machines");
  const book = utils.book_new();
  const early: Row[] = [HEADER, [one.id, near(one.speed), null]];
  const late: Row[] = [
    HEADER,
    [one.id, near(one.speed), null],
    [other.id, near(other.speed), null],
    [still.id, still.speed, null],
  ];
  utils.book_append_sheet(book, utils.aoa_to_sheet(early.map((row) => [...row])), "Early");
  utils.book_append_sheet(book, utils.aoa_to_sheet(late.map((row) => [...row])), "Late");
  utils.book_append_sheet(book, utils.aoa_to_sheet([["Notes"]]), "Notes");
  await open(page, `${server.url}/upload?user=anna`);
  await drop(page, "shifts.xlsx", Buffer.from(write(book, { type: "buffer", bookType: "xlsx" })));
  const sheet = page.getByLabel("Sheet", { exact: false });
  await expect(sheet).toHaveValue("Early");
  await expect(page.getByText("2 other sheets not read")).toBeVisible();
  await expect(page.getByText("1 will change")).toBeVisible();

  await sheet.selectOption("Notes");
  await expect(page.getByRole("alert")).toContainText("Invalid Template");
  await page.getByRole("button", { name: "Back to the other sheet" }).click();
  await sheet.selectOption("Late");
  await expect(page.getByText("2 will change")).toBeVisible();
  await expect(sheet).toHaveValue("Late");

  const table = page.getByRole("region", { name: "What would change" });
  await table.getByRole("checkbox", { name: new RegExp(`Row 3: ${other.id}`) }).click();
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(ended(page, /✓ 1 applied/)).toBeVisible();
  const [back] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Get the workbook back" }).click(),
  ]);
  const copy = read(readFileSync(await back.path())).Sheets.Late;
  if (!copy) throw new Error("expected the sheet that was sent back");
  const results = utils.sheet_to_json<Record<string, string>>(copy);
  expect(results.map(({ Status, Reason }) => [Status, Reason])).toEqual([
    ["applied", undefined],
    ["not sent", "left out"],
    ["not sent", "unchanged"],
  ]);
});

test("notes above the rows name a hidden column, a hidden row and another sheet", async ({ page }) => {
  const [one, other] = (await targets()).slice(130, 132);
  if (!one || !other) throw new Error("expected two machines");
  const sheet = utils.aoa_to_sheet([
    [...HEADER],
    [one.id, near(one.speed), "RUN"],
    [other.id, near(other.speed), "RUN"],
  ]);
  sheet["!cols"] = [{}, {}, { hidden: true }];
  sheet["!rows"] = [{}, {}, { hidden: true }];
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, "Targets");
  utils.book_append_sheet(book, utils.aoa_to_sheet([["Old plan"]]), "Old");
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "hidden.xlsx", Buffer.from(write(book, { type: "buffer", bookType: "xlsx" })));
  await expect(page.getByText("Column C (Mode) is hidden; it was read as well.")).toBeVisible();
  await expect(page.getByText("▲ 1 hidden row was read as well.")).toBeVisible();
  await expect(page.getByText("A sheet that was not read: “Old”.")).toBeVisible();
});

test("a cancelled read leaves nothing behind", async ({ page }) => {
  await open(page, `${server.url}/upload?user=anna`);
  const rows: Row[] = [
    HEADER,
    ...Array.from({ length: 60_000 }, (_, index): Row => [`m:${index}`, 100, "RUN"]),
  ];
  await upload(page, "huge.xlsx", workbook(rows));
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("heading", { name: /Change many machines/ })).toBeVisible();
  await expect(page.getByText("huge.xlsx")).toHaveCount(0);
});

/** Holds the request to one path. `seen` resolves when it comes, and `release` lets it go on. */
async function hold(page: Page, path: string): Promise<{ seen: Promise<unknown>; release: () => void }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(path, async (route) => {
    await released;
    await route.continue().catch(() => undefined); // the page may have cancelled it meanwhile
  });
  return { seen: page.waitForRequest(path), release };
}

/** Presses a button that makes a file, cancels it, and checks that neither a file nor a message remains. */
async function cancelExport(page: Page, label: string, path: string): Promise<void> {
  const downloads: string[] = [];
  page.on("download", (download) => downloads.push(download.suggestedFilename()));
  const { seen, release } = await hold(page, path);
  const button = page.getByRole("button", { name: label });
  await button.click();
  await seen;
  await expect(button).toBeDisabled();
  await expect(page.getByRole("progressbar", { name: "Making the export" })).toBeVisible();
  const ended = page.waitForEvent("requestfailed");
  await page.getByRole("button", { name: "Cancel the export" }).click();
  expect((await ended).failure()?.errorText).toMatch(/ABORTED/);
  release();
  await expect(button).toBeEnabled();
  await expect(page.getByRole("progressbar", { name: "Making the export" })).toHaveCount(0);
  await expect(page.locator("[data-sonner-toast]")).toHaveCount(0);
  await page.unroute(path);
  const [made] = await Promise.all([page.waitForEvent("download"), button.click()]);
  expect(downloads).toEqual([made.suggestedFilename()]);
}

test("a cancelled export leaves nothing behind, and can be requested again", async ({ page }) => {
  const machine = (await targets())[120];
  if (!machine) throw new Error("expected a machine");
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "export.xlsx", workbook([HEADER, [machine.id, near(machine.speed), null]]));
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(ended(page, "✓ 1 applied")).toBeVisible();
  await cancelExport(page, "Get the workbook back", "**/api/batches/*/result.xlsx");
  for (const format of ["csv", "xlsx"]) {
    const own = await page.context().newPage();
    await open(own, `${server.url}/batches?user=anna`);
    await cancelExport(own, `Export ${format}`, `**/api/batches/export.${format}*`);
    await own.close();
  }
});

test("a commit that is cancelled before it arrived is refused as a whole, and nothing changes", async ({
  page,
}) => {
  const [one, two] = (await targets()).slice(130, 132);
  if (!one || !two) throw new Error("expected two machines");
  await open(page, `${server.url}/upload?user=anna`);
  const rows: Row[] = [HEADER, ...[one, two].map(({ id, speed }): Row => [id, near(speed), null])];
  await upload(page, "early.xlsx", workbook(rows));
  const { seen, release } = await hold(page, "**/api/batches");
  await page.getByRole("button", { name: "Change 2 targets" }).click();
  await seen;
  await expect(ended(page, "Sending · ◆ 2 open")).toBeVisible();
  await page.getByRole("button", { name: "Cancel the rest" }).click();
  await expect(page.getByText("2 withdrawn; nothing had been handed over.")).toBeVisible();
  release();
  await expect(ended(page, "✕ 2 not applied")).toBeVisible();
  const table = page.getByRole("region", { name: "What became of each row" });
  await expect(table.getByText(/withdrawn by anna before it came/)).toHaveCount(2);
  expect((await targets()).slice(130, 132)).toEqual([one, two]);
});

test("a commit that is cancelled too late says which targets had been handed over", async ({ page }) => {
  const machine = (await targets())[140];
  if (!machine) throw new Error("expected a machine");
  const key = machine.id.replace(":", "_");
  await server.simulate(key, { fault: "slow" });
  await open(page, `${server.url}/upload?user=anna`);
  await upload(page, "late.xlsx", workbook([HEADER, [machine.id, near(machine.speed), null]]));
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(ended(page, "◆ 1 open")).toBeVisible();
  await expect
    .poll(async () => (await fetch(`${server.url}/api/batches?machine=${key}`)).text())
    .toContain("late.xlsx");
  await page.getByRole("button", { name: "Cancel the rest" }).click();
  await expect(
    page.getByText("0 withdrawn, 1 had already been handed over: undo takes it back."),
  ).toBeVisible();
  await expect(ended(page, "✓ 1 applied")).toBeVisible({ timeout: patient(20_000) });
  await server.simulate(key, { fault: null });
});

test("thousands of tiles scroll, and arrow keys reach tiles that are not mounted", async ({ page }) => {
  await open(page, `${server.url}/lines/01?user=anna`);
  const first = page.locator("[data-tile]").first();
  await first.focus();
  await page.keyboard.press("End");
  const last = (await targets())[49];
  await expect(page.locator(`[data-tile="${last?.id.replace(":", "_")}"]`)).toBeFocused();
  await expect(setPoint(page, last?.id.replace(":", "_") ?? "")).toBeVisible();
});

test.describe("with fingers", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test("a workbook is chosen and previewed, a row is left out, and the rest is changed", async ({ page }) => {
    const [a, b] = (await targets()).slice(700);
    if (!a || !b) throw new Error("expected two machines");
    const rows: Row[] = [HEADER, [a.id, near(a.speed), null], [b.id, near(b.speed), null]];
    await open(page, `${server.url}/upload?user=anna`);
    const chosen = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Choose a workbook" }).tap();
    await (await chosen).setFiles({ name: "two.xlsx", mimeType: "", buffer: workbook(rows) });
    await expect(page.getByText("2 will change")).toBeVisible();
    await page.getByRole("checkbox", { name: new RegExp(`Row 2: ${a.id}`) }).tap();
    await page.getByRole("button", { name: "Change 1 target" }).tap();
    await expect(page).toHaveURL(/\/batches\//);
    await expect(ended(page, "✓ 1 applied")).toBeVisible({ timeout: patient(30_000) });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
});
