/** The main job in the other two engines: open, watch, drop, preview, commit, stop. All other files use Chromium. */
import { expect, test } from "@playwright/test";
import { HEADER, workbook } from "./board.ts";
import { type Engine, until } from "./engines/engine.ts";
import { firefox } from "./engines/firefox.ts";
import { webkit } from "./engines/webkit.ts";
import { faultsOfGeometry } from "./geometry.ts";
import { patient } from "./patience.ts";
import { DemoServer } from "./server.ts";

const isShown = (selector: string, text: string) =>
  [...document.querySelectorAll(selector)].some((element) => element.textContent?.includes(text));
const textOf = (selector: string) => document.querySelector(selector)?.textContent ?? "";

function dropFile(name: string, bytes: number[]): void {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name));
  for (const type of ["dragover", "drop"])
    document
      .querySelector("main")
      ?.dispatchEvent(
        new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true, composed: true }),
      );
}

async function mainJob(engine: Engine, server: DemoServer): Promise<void> {
  // Open and watch: measured values change by themselves.
  await engine.resize(1280, 900);
  await engine.open(`${server.url}/lines/01?user=anna&lang=en`);
  await until(engine, isShown, ".is-connected", "Connected");
  await until(engine, isShown, "[data-machine=m_401][data-status=RUNNING]", "m:401");
  const actual = "[data-machine=m_401] .tile-actual";
  const before = await engine.run(textOf, actual);
  await until(
    engine,
    (selector, old) => document.querySelector(selector)?.textContent !== old,
    actual,
    before,
  );

  // Drop a workbook and check the preview.
  await server.simulate("m_402", { fault: "slow" });
  const rows = workbook([HEADER, ["m:401", 1_111, null], ["m:402", 1_112, null], ["m:403", 9_999, null]]);
  await engine.run(dropFile, "shift.xlsx", [...rows]);
  await until(engine, isShown, "h1", "shift.xlsx");
  await until(engine, isShown, "main", "2 will change");
  await until(engine, isShown, "main", "1 row with errors");

  // Commit. One machine stops while it has the target.
  await until(engine, () => document.querySelector<HTMLButtonElement>(".foot .primary")?.disabled === false);
  expect(await engine.run(textOf, ".foot .primary")).toContain("Change 2 targets");
  await engine.click(".foot .primary");
  await until(engine, () => window.location.pathname.startsWith("/batches/"));
  await server.simulate("m_402", { status: "EMERGENCY_STOP" });
  await until(engine, isShown, "main [role=status]", "✓ 1 applied · ✕ 1 not applied");

  // The tile shows the stop, and nothing covers anything.
  await engine.open(`${server.url}/lines/01?user=anna&lang=en`);
  const stopped = "[data-machine=m_402][data-status=EMERGENCY_STOP]";
  await until(engine, isShown, stopped, "EMERGENCY STOP");
  expect(await engine.run(textOf, stopped)).toContain("m:402");
  await until(engine, isShown, "[data-machine=m_401] .set-value", "1,111");
  for (const width of [1280, 390]) {
    await engine.resize(width, 900);
    await until(engine, isShown, stopped, "EMERGENCY STOP");
    expect(await engine.run(faultsOfGeometry, "body"), `at ${width} px`).toEqual([]);
  }
}

for (const [name, launch] of [
  ["Firefox", firefox],
  ["WebKitGTK", webkit],
] as const)
  test(`the main job works in ${name}: open, watch, drop, preview, commit, stop`, async () => {
    test.skip(process.env.SETPOINT_TESTS !== "full", "`make test-full` installs this browser");
    test.setTimeout(patient(120_000));
    const server = await DemoServer.start({ isCalm: true });
    try {
      const engine = await launch();
      try {
        await mainJob(engine, server);
      } finally {
        await engine.close();
      }
    } finally {
      await server.stop();
    }
  });
