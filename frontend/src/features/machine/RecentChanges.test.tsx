// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Story } from "../../session/batches.ts";
import { mount } from "../../testing/mount.tsx";
import { RecentChanges } from "./RecentChanges.tsx";

const result = (field: string) => ({
  machine: "m_401",
  field,
  outcome: "applied",
  value: 1250,
  before: 1200,
  at: 5,
});

test.each([
  ["targetSpeed", "Target speed 1,200 → 1,250 rpm"],
  ["torque", "torque 1,200 → 1,250"],
])(
  "a target of the field %s is shown with its value, also if the plant has no such field any more",
  (field, words) => {
    const story = {
      txId: "t",
      status: "done",
      person: "anna",
      at: 1,
      kind: "commit",
      results: [result(field)],
    };
    mount(<RecentChanges machine="m_401" lately={{ stories: [story as unknown as Story], problem: null }} />);
    expect(screen.getByRole("link").textContent).toBe(words);
  },
);
