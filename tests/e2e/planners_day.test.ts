/**
 * A planner's day on the board: template, LibreOffice, a corrected cell, a stop in between, the annotated workbook,
 * undo.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { drop, ended, expect, open, reported, test, tile } from "./board.ts";
import { patient } from "./patience.ts";
import { DemoServer } from "./server.ts";

const ROOT = resolve(__dirname, "../..");
const PYTHON = process.env.SETPOINT_PYTHON ?? join(ROOT, ".venv/bin/python");

/** Runs LibreOffice without a window. It fills in a workbook, or reads one as it shows it. */
function office(...words: string[]): string {
  return execFileSync(PYTHON, ["-m", "tests.workbooks.office", ...words], { cwd: ROOT, encoding: "utf8" });
}

let server: DemoServer;
let folder: string;
test.beforeAll(async () => {
  server = await DemoServer.start({ isCalm: true });
  folder = mkdtempSync(join(tmpdir(), "setpoint-day-"));
});
test.afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a planner fills in a workbook, corrects it, sends it and gets it back", async ({ page }) => {
  test.setTimeout(patient(150_000)); // LibreOffice starts four times
  const [template, filled, back] = ["template", "shift", "back"].map((name) => join(folder, `${name}.xlsx`));
  if (!template || !filled || !back) throw new Error("expected three names");

  // Download the template.
  await open(page, `${server.url}/lines/01?user=anna`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page
      .getByRole("button", { name: /Template/ })
      .or(page.getByRole("link", { name: /Template/ }))
      .first()
      .click(),
  ]);
  await download.saveAs(template);
  const before = await reported(page, "m_401");

  // Fill it in with LibreOffice, and drop the saved file.
  office("fill", template, filled, `m:401=${before + 100}`, `m:402=${before + 110}`, "m:403=9999");
  await drop(page, "shift.xlsx", readFileSync(filled));
  await expect(page.getByRole("heading", { name: "shift.xlsx" })).toBeVisible();
  await expect(page.getByText("1 row with errors")).toBeVisible();
  await expect(page.getByText("2 will change")).toBeVisible();
  await expect(page.getByRole("button", { name: /Show \d+ unchanged targets/ })).toBeVisible();

  // Fix one cell.
  await page.getByRole("button", { name: /Fix row 4/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Machine ID")).toHaveValue("m:403");
  await expect(dialog.getByLabel("Target Speed")).toHaveValue("9999");
  await dialog.getByLabel("Target Speed").fill(String(before + 120));
  await dialog.getByRole("button", { name: "Take this row" }).click();
  await expect(page.getByText("3 will change")).toBeVisible();
  await page.getByLabel("Reason").fill("late shift");

  // One machine stops in between. It has received the write and has not answered yet.
  await server.simulate("m_402", { fault: "slow" });
  await page.getByRole("button", { name: "Change 3 targets" }).click();
  await server.simulate("m_402", { status: "EMERGENCY_STOP" });
  const outcomes = page.getByRole("region", { name: "What became of each row" });
  await expect(ended(page, /✓ 2 applied · ✕ 1 not applied/)).toBeVisible({ timeout: patient(20_000) });
  await expect(outcomes.getByRole("row").filter({ hasText: "m:402" })).toContainText(/emergency.stop/i);

  // Open the annotated workbook with LibreOffice.
  const [handed] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Get the workbook back" }).click(),
  ]);
  expect(handed.suggestedFilename()).toBe("shift-result.xlsx");
  await handed.saveAs(back);
  const [header, ...rows] = office("read", back)
    .trim()
    .split("\n")
    .map((line) => line.trim());
  expect(header).toContain("Status,Reason,Before,Target,Confirmed at,By");
  expect(rows.find((row) => row.startsWith("m:401"))).toMatch(/applied.*anna/);
  expect(rows.find((row) => row.startsWith("m:403"))).toMatch(/applied.*put right before it was sent/);
  expect(rows.find((row) => row.startsWith("m:402"))).toMatch(/EMERGENCY_STOP/);

  // The server keeps the original unchanged.
  const [original] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: /shift.xlsx as it was/ }).click(),
  ]);
  expect(readFileSync(await original.path()).equals(readFileSync(filled))).toBe(true);

  // Undo through the preview. It names and skips what ben has changed since.
  await server.give({ m_403: { targetSpeed: 700 } }, "ben");
  await page.getByRole("button", { name: /^Undo 2 targets/ }).click();
  await expect(page.getByRole("heading", { name: "Undo of shift.xlsx" })).toBeVisible();
  await expect(page.getByText(/Conflict: Changed by ben at/)).toBeVisible();
  await page.getByRole("button", { name: "Change 1 target" }).click();
  await expect(ended(page, "✓ 1 applied")).toBeVisible();
  await page.goto(`${server.url}/lines/01?user=anna`);
  await expect(tile(page, "m_401")).toBeVisible();
  await expect.poll(async () => reported(page, "m_401")).toBe(before);
  expect(await reported(page, "m_403")).toBe(700);
});
