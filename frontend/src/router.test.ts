// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import { go, hrefOf, pathOf, type Route, routeOf, subscribe } from "./router.ts";
import { WAIT_MS } from "./testing/patience.ts";

test("every route can be read back from its address", () => {
  const routes: Route[] = [
    { view: "plant" },
    { view: "line", line: "01" },
    { view: "machine", machine: "m_402" },
    { view: "batches" },
    { view: "batch", txId: "20df6b11-434c-45d9-9989-6fe436aa50b1" },
    { view: "events" },
    { view: "alarms" },
    { view: "upload" },
    { view: "limits" },
    { view: "security" },
    { view: "deliveries" },
    { view: "plant-file" },
  ];
  for (const route of routes) expect(routeOf(pathOf(route))).toEqual(route);
});

test("a machine's address shows the id that people know", () => {
  expect(pathOf({ view: "machine", machine: "m_402" })).toBe("/machines/m:402");
});

test("a link keeps the sticky parameters of the current address, even after they have changed", () => {
  const machine: Route = { view: "machine", machine: "m_402" };
  window.history.replaceState(null, "", "/?user=anna&filter=idle");
  expect(hrefOf(machine)).toBe("/machines/m:402?user=anna");
  expect(hrefOf({ view: "plant" }, { filter: "critical", q: "" })).toBe("/?user=anna&filter=critical");
  window.history.replaceState(null, "", "/?kiosk&lang=de");
  expect(hrefOf(machine)).toBe("/machines/m:402?kiosk&lang=de");
  window.history.replaceState(null, "", "/");
  expect(hrefOf(machine)).toBe("/machines/m:402");
});

test("the page says that an address names nothing, and nothing breaks", () => {
  for (const path of ["/wages", "/lines", "/lines/01/02", "/%E0%A4%A"])
    expect(routeOf(path)).toEqual({ view: "nowhere", path });
});

test("the next view starts at its top with the focus, and going back restores the old place", async () => {
  document.body.innerHTML = '<main id="main" tabindex="-1"></main>';
  const main = document.getElementById("main") as HTMLElement;
  const stop = subscribe(() => {});
  main.scrollTop = 300;
  go({ view: "batches" });
  expect(main.scrollTop).toBe(0);
  expect(document.activeElement).toBe(main);
  main.blur();
  window.dispatchEvent(new PopStateEvent("popstate", { state: { top: 300 } }));
  expect(document.activeElement).toBe(main);
  await vi.waitFor(() => expect(main.scrollTop).toBe(300), { timeout: WAIT_MS });
  stop();
});
