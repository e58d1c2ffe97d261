// @vitest-environment happy-dom
import { act } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount } from "../../testing/mount.tsx";
import { WallRow } from "./WallRow.tsx";

test("a line's cells are drawn once its machines are known", () => {
  const wire = mount(<WallRow line="01" filter="" top={0} hasNumbers={false} />);
  expect(document.querySelector(".cells.is-waiting")).not.toBeNull();
  expect(document.querySelectorAll("[data-cell]")).toHaveLength(0);
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
  expect(document.querySelector('[data-cell="m_401"]')?.getAttribute("data-state")).toBe("running");
});
