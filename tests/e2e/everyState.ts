/** A line in which each machine has another state, and a page that shows it with stopped time. */
import { expect, type Page } from "@playwright/test";
import { FakeServer, type Values } from "./fakeServer.ts";

const SINCE = Date.now() / 1000 - 8_000;

const RUNNING: Values = {
  status: "RUNNING",
  since: SINCE,
  quality: "GOOD",
  seen: null,
  speed: 1204,
  temp: 33.9,
  targetSpeed: 1200,
  mode: "RUN",
};
const stopped = (status: string): Values => ({
  ...RUNNING,
  status,
  since: SINCE + 7_900,
  speed: 0,
  targetSpeed: 0,
});
const doubtful = (quality: string): Values => ({ ...RUNNING, quality, seen: SINCE });

/** One machine for each state; `waiting` never reported. */
const STATES: Record<string, Values | null> = {
  running: RUNNING,
  longname: RUNNING,
  idle: { ...RUNNING, status: "IDLE", speed: 0 },
  longstatus: { ...RUNNING, status: "CHANGEOVER_OF_THE_WHOLE_FILLING_SECTION" },
  nostatus: { ...RUNNING, status: null, since: null },
  noreading: { ...RUNNING, speed: null, temp: null, targetSpeed: null, mode: null },
  huge: { ...RUNNING, speed: 123_456_789, targetSpeed: 123_456_789, temp: 12_345_678.9 },
  emergency: stopped("EMERGENCY_STOP"),
  interlock: stopped("SAFETY_INTERLOCK"),
  fault: stopped("FAULT"),
  maintenance: stopped("MAINTENANCE_LOCK"),
  lost: { ...stopped("EMERGENCY_STOP"), quality: "OFFLINE", seen: SINCE },
  stale: doubtful("STALE"),
  offline: doubtful("OFFLINE"),
  bad: doubtful("BAD"),
  waiting: null,
  pending: RUNNING,
  confirmed: RUNNING,
  applied: RUNNING,
  conflict: RUNNING,
  failed: RUNNING,
  diverged: RUNNING,
  unknown: RUNNING,
  voided: RUNNING,
};
const LONG = "Filling and capping machine of the second hall, beside the north door";

export const key = (state: string) => `m_${401 + Object.keys(STATES).indexOf(state)}`;
const plant = {
  lines: [
    {
      id: "01",
      machines: Object.keys(STATES).map((state) => ({
        key: key(state),
        name: state.startsWith("long") ? LONG : "Filler",
      })),
    },
  ],
};
const records = Object.fromEntries(
  Object.entries(STATES).flatMap(([state, values]) => (values ? [[key(state), values]] : [])),
);

/**
 * Stops the page's time, so that only the test moves it. The stop is a little in the future, which a busy computer can
 * miss.
 */
async function stopTime(page: Page): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 2_000);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

/** Gives the targets by a workbook, lets each reach its own outcome, and stops time. */
export async function everyState(page: Page): Promise<FakeServer> {
  const states = ["pending", "confirmed", "applied", "conflict", "failed", "diverged", "unknown", "voided"];
  const server = await FakeServer.on(page, plant, records);
  server.answer = ({ txId }) => ({
    status: 200,
    json: {
      txId,
      status: "in-progress",
      results: [{ machine: key("confirmed"), field: "targetSpeed", outcome: "accepted", value: 1200 }],
    },
  });
  await page.clock.install();
  await page.goto(`${server.url}/upload`);
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await stopTime(page);
  await expect(page.getByText("Connected", { exact: true })).toBeVisible();
  await page.getByLabel("Workbook", { exact: true }).setInputFiles({
    name: "plan.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(
      ["Machine ID,Target Speed", ...states.map((state) => `${key(state).replace("_", ":")},1234.5`)].join(
        "\n",
      ),
    ),
  });
  const commit = page.getByRole("button", { name: /^Change [1-9]/ });
  await expect(async () => {
    await page.clock.runFor(300); // the preview reads the plant on its own timers
    await expect(commit).toBeEnabled({ timeout: 100 });
  }).toPass();
  await commit.click();
  await page.clock.runFor(100);
  await expect.poll(() => server.posted.length).toBe(1);
  const txId = server.posted[0]?.txId ?? "";
  await page
    .getByRole("link", { name: /^(Line )?01/ })
    .first()
    .click();
  const ended = (state: string, outcome: string, message: string | null, rev = 2) => ({
    txId: state === "conflict" ? "another" : txId,
    machine: key(state),
    field: "targetSpeed",
    outcome,
    rev,
    message,
    value: 1200,
    by: { kind: "operator", name: "benedikt" },
  });
  server.report(
    {},
    {
      tx: [
        ended("applied", "applied", null),
        ended("conflict", "applied", null, 9),
        ended(
          "failed",
          "failed",
          "The machine refused the value: the drive is not released by the operator panel",
        ),
        ended("diverged", "diverged", "The machine reports 1,100 rpm instead of 1,234.5 rpm"),
        ended("unknown", "unknown", null),
        ended("voided", "cancelled", "voided by EMERGENCY_STOP"),
      ],
    },
  );
  await expect(page.locator(".tile").first()).toBeVisible();
  return server;
}
