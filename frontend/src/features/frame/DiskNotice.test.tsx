// @vitest-environment happy-dom
import { act, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { DiskNotice } from "./DiskNotice.tsx";

const LOW = { "/api/disk": { isLow: true, freeBytes: 90_900_000, historyStopped: "" } };

test("the notice tells an operator that the disk is nearly full, what that means, and whom to tell", async () => {
  mount(<DiskNotice />, {}, LOW);
  const notice = (await screen.findByRole("status")).textContent;
  expect(notice).toContain("nearly full: 90 MB are free. Once it is full, no targets are taken.");
  expect(notice).toContain("Tell an administrator.");
});

test("the notice tells an administrator what to do", async () => {
  const wire = mount(<DiskNotice />, {}, LOW);
  act(() => greet(wire, "admin"));
  expect((await screen.findByRole("status")).textContent).toContain("setpoint retention");
});

test("the notice tells an operator that no history is recorded, why, and that targets are accepted", async () => {
  const historyStopped = "the disk has 9 bytes free";
  mount(<DiskNotice />, {}, { "/api/disk": { isLow: false, freeBytes: 9e9, historyStopped } });
  const notice = (await screen.findByRole("status")).textContent;
  expect(notice).toBe("No history is recorded: the disk has 9 bytes free. Targets are taken as before.");
});

test.each([
  ["operator", "Tell an administrator."],
  ["admin", "See its log, its disk and its database."],
])(
  "the notice tells an %s that no targets are taken while the server can store nothing",
  async (role, remedy) => {
    const failed = new Refusal(503, "database is locked", "storage-unavailable");
    const wire = mount(<DiskNotice />, {}, { "/readyz": failed });
    act(() => greet(wire, role));
    const notice = await screen.findByText(remedy, { exact: false });
    expect(notice.textContent).toBe(`No targets are taken: the server cannot store anything now. ${remedy}`);
  },
);

test.each([
  ["room enough", { "/api/disk": { isLow: false, freeBytes: 9e9, historyStopped: "" } }],
  ["no answer", { "/api/disk": new Refusal(503, "busy"), "/readyz": new Refusal(503, "busy") }],
])("there is no notice with %s", async (_, answers) => {
  mount(<DiskNotice />, {}, answers);
  await act(async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  });
  expect(screen.queryByRole("status")).toBeNull();
});

test("a viewer's page does not ask about the disk", async () => {
  const wire = mount(<DiskNotice />, {}, {});
  act(() => greet(wire, "viewer"));
  const paths: unknown[] = [];
  const answer = fetch;
  globalThis.fetch = (path, options) => {
    paths.push(path);
    return answer(path, options);
  };
  await act(async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  });
  expect(paths.filter((path) => path === "/api/disk" || path === "/readyz")).toEqual([]);
});

function greet(wire: ReturnType<typeof mount>, role: string): void {
  const heartbeat = { pingEveryMs: 5_000, pongWithinMs: 3_000, staleAfterMs: 6_000 };
  const user = { name: "anna", role };
  wire.say({ type: "hello", protocol: 1, epoch: "e", session: "s", ts: 1, user, heartbeat });
}
