// @vitest-environment happy-dom
import { act } from "@testing-library/react";
import { expect, test } from "vitest";
import { setParam } from "../../router.ts";
import { mount, type Wire } from "../../testing/mount.tsx";
import { LineNav } from "../line/LineNav.tsx";
import { WallRow } from "./WallRow.tsx";

test("a line's cells are drawn once its machines are known", () => {
  const wire = mount(<WallRow line="01" filter="" top={0} hasNumbers={false} />);
  expect(document.querySelector(".cells.is-waiting")).not.toBeNull();
  expect(document.querySelectorAll("[data-cell]")).toHaveLength(0);
  sendOverview(wire);
  expect(document.querySelector('[data-cell="m_401"]')?.getAttribute("data-state")).toBe("running");
});

test("links of lines and machines keep a theme that is chosen later", () => {
  const wire = mount(
    <>
      <LineNav />
      <WallRow line="01" filter="" top={0} hasNumbers={false} />
    </>,
  );
  sendOverview(wire);
  act(() => setParam("theme", "dark"));
  const links = [...document.querySelectorAll("a")].map((link) => link.getAttribute("href"));
  act(() => setParam("theme", ""));
  expect(links).toEqual([
    "/?theme=dark",
    "/lines/01?theme=dark",
    "/lines/01?theme=dark",
    "/machines/m:401?theme=dark",
  ]);
});

function sendOverview(wire: Wire): void {
  const overview = { machines: ["m_401", 1], kinds: [["RUNNING", "GOOD"]], kind: [0], ageS: [5] };
  act(() =>
    wire.say({
      type: "snapshot",
      topic: "dashboard:global",
      epoch: "e",
      seq: 2,
      ts: 2,
      data: { machines: {}, kpis: {}, overview },
      revs: {},
      tx: [],
    }),
  );
}
