/** The looks of a target that the specification requires, with a fake server. */
import type { Page } from "@playwright/test";
import { change, expect, sampleLooks, setPoint, test, tile } from "./board.ts";
import { FakeServer, lineOf, type Values } from "./fakeServer.ts";

const RUNNING: Values = {
  status: "RUNNING",
  quality: "GOOD",
  speed: 1200,
  temp: 30,
  targetSpeed: 1200,
  mode: "RUN",
};
const LINE = lineOf("01", 5);
const KEYS = LINE.machines.map(({ key }) => key);
const machine = (at: number): string => KEYS[at] ?? "";

async function openLine(page: Page): Promise<FakeServer> {
  const records = Object.fromEntries(KEYS.map((key) => [key, RUNNING]));
  const server = await FakeServer.on(page, { lines: [LINE] }, records);
  await page.goto(`${server.url}/lines/01`);
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await expect(tile(page, machine(0))).toHaveAttribute("data-status", "RUNNING");
  return server;
}

/** Gives a machine a target of 1,250 rpm. Returns the txId. */
async function commit(page: Page, server: FakeServer, key: string): Promise<string> {
  const before = server.posted.length;
  await change(page, key, 1250);
  await expect.poll(() => server.posted.length).toBe(before + 1);
  return server.posted[before]?.txId ?? "";
}

interface End {
  txId: string;
  outcome: string;
  message?: string;
  rev?: number;
}

function end(server: FakeServer, key: string, { outcome, rev = 2, ...more }: End): void {
  const by = { kind: "operator", name: "ben" };
  const values = outcome === "applied" ? { targetSpeed: 1250 } : {};
  const tx = [{ machine: key, field: "targetSpeed", outcome, rev, value: 1250, by, ...more }];
  server.report({ [key]: values }, { tx });
}

test("the page shows each of the six looks of a target [TX-1, TX-5, TIER-4]", async ({ page }) => {
  const server = await openLine(page);
  const looksOf: Record<string, string[]> = {};
  for (const [at, outcome] of ["applied", "failed", "conflict", "unknown"].entries()) {
    const key = machine(at);
    const looks = await sampleLooks(page, key);
    const txId = await commit(page, server, key);
    await expect(setPoint(page, key)).toHaveClass(/is-optimistic/);
    await expect(setPoint(page, key).locator(".spinner")).toBeVisible();
    // The machine's own set-point stays readable beside the target (TIER-4).
    await expect(setPoint(page, key).locator(".set-value")).toHaveText("1,200");
    await expect(setPoint(page, key).locator(".pending-value")).toHaveText("1,250");
    end(server, key, { txId, outcome, ...(outcome === "failed" ? { message: "The drive is locked" } : {}) });
    if (outcome === "applied") await expect(setPoint(page, key)).not.toHaveClass(/is-/);
    else await expect(setPoint(page, key)).toHaveClass(new RegExp(`is-${outcome}`));
    looksOf[outcome] = (await looks()).map(({ look }) => look);
  }
  expect(looksOf).toEqual({
    applied: ["idle", "optimistic", "confirmed", "idle"],
    failed: ["idle", "optimistic", "failed"],
    conflict: ["idle", "optimistic", "conflict"],
    unknown: ["idle", "optimistic", "unknown"],
  });
  await expect(tile(page, machine(1))).toContainText("✕ The drive is locked");
  await expect(tile(page, machine(2))).toContainText("Updated by another operator");
});

test("a target that takes effect after it was given up shows ✓ Applied late", async ({ page }) => {
  const server = await openLine(page);
  const key = machine(0);
  const txId = await commit(page, server, key);
  end(server, key, { txId, outcome: "unknown" });
  await expect(setPoint(page, key)).toHaveClass(/is-unknown/);
  end(server, key, { txId, outcome: "applied" });
  await expect(tile(page, key)).toContainText("✓ Applied late");
  await expect(setPoint(page, key)).toHaveClass(/is-confirmed/);
});

test("CONNECTING has its own yellow", async ({ page }) => {
  const server = await FakeServer.on(page, { lines: [LINE] }, {});
  server.isSilent = true;
  await page.goto(`${server.url}/lines/01`);
  await expect(page.getByText("Connecting", { exact: true })).toBeVisible();
  const [dot, amber] = await page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.background = "var(--amber)";
    const colours = [document.querySelector(".connection-dot"), probe].map(
      (element) => element && getComputedStyle(element).backgroundColor,
    );
    probe.remove();
    return colours;
  });
  const [red = 0, green = 0, blue = 255] = (dot?.match(/[\d.]+/g) ?? []).map(Number);
  expect(Math.min(red, green) - blue, `${dot} is yellow`).toBeGreaterThan(80);
  expect(dot, "STALE's colour").not.toBe(amber);
});

test("a failure makes a toast on every page", async ({ page }) => {
  const server = await openLine(page);
  const pages = [
    () => page.getByRole("link", { name: "Batches", exact: true }).click(),
    () => page.getByRole("link", { name: "Upload", exact: true }).click(),
    () => page.getByRole("navigation", { name: "Lines" }).getByRole("link", { name: /Plant/ }).click(),
  ];
  for (const [at, visit] of pages.entries()) {
    const key = machine(at);
    const txId = await commit(page, server, key);
    await visit();
    end(server, key, { txId, outcome: "failed", message: "The drive is locked" });
    const id = key.replace("_", ":");
    await expect(
      page.locator("[data-sonner-toast]").filter({ hasText: `${id}: The drive is locked` }),
    ).toBeVisible();
    await page.goBack();
  }
});

for (const [kind, outcome, button] of [
  ["undo", "applied", "Undo 1 target"],
  ["retry", "failed", "Try 1 target again"],
] as const)
  test(`${kind} names the instant until which it may be sent [CMD-8]`, async ({ page }) => {
    const server = await openLine(page);
    const result = {
      machine: machine(0),
      field: "targetSpeed",
      outcome,
      value: 1200,
      rev: 1,
      asked: 1200,
      before: 1100,
    };
    if (outcome === "failed") Object.assign(result, { asked: 1300 });
    const story = { txId: "b1", status: "done", person: "anna", at: 1, results: [result] };
    const bodies: { notAfter?: number }[] = [];
    await page.route("**/api/batches/b1", (route) => route.fulfill({ json: story }));
    await page.route(`**/api/batches/b1/${kind}`, (route) => {
      bodies.push(route.request().postDataJSON());
      return route.fulfill({ json: { txId: "b2", status: "in-progress", results: [] } });
    });
    await page.goto(`${server.url}/batches/b1`);
    await page.getByRole("button", { name: button }).click();
    const openedAt = Date.now() / 1000;
    await page.getByRole("button", { name: "Change 1 target" }).click();
    await expect.poll(() => bodies.length).toBe(1);
    const within = (bodies[0]?.notAfter ?? 0) - openedAt;
    expect(within).toBeGreaterThan(0);
    expect(within).toBeLessThan(3 + Date.now() / 1000 - openedAt + 1);
  });
