// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { AccountView } from "./AccountView.tsx";

const SESSION = {
  id: "1",
  address: "10.0.0.1",
  agent: "Chrome/1 Linux",
  createdAt: 1,
  seenAt: 2,
  isThis: false,
};

test("the page shows a person's own rights, sessions and programs", async () => {
  const user = { name: "anna", role: "operator", grants: { "*": "operator" } };
  mount(
    <AccountView />,
    {},
    {
      "/api/session": { user, needsSetUp: false, openId: null },
      "/api/sessions": [SESSION, { ...SESSION, id: "2", isThis: true }],
      "/api/tokens": [],
    },
  );
  expect((await screen.findByRole("heading", { level: 1 })).textContent).toBe("anna");
  expect(screen.getByText("Chrome on Linux")).toBeTruthy();
  expect(screen.getByText("This browser")).toBeTruthy();
  expect(screen.getByText("No program has a token of yours.")).toBeTruthy();
});

test("the demo says that it has no accounts, and that is not an error", async () => {
  const none = new Refusal(404, "not found");
  mount(<AccountView />, {}, { "/api/session": none, "/api/sessions": none, "/api/tokens": none });
  expect(await screen.findByText(/The demo has no accounts/)).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});
