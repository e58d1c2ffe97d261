// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { PeopleView } from "./PeopleView.tsx";

const DOOR = {
  user: { name: "anna", role: "admin", grants: { "*": "admin" } },
  needsSetUp: false,
  openId: null,
};
const ANNA = {
  name: "anna",
  grants: { "*": "admin" },
  comesBy: "password",
  isDisabled: false,
  isMe: true,
  createdAt: 1,
  signedInAt: null,
};

test("people are listed with their rights, and the person's own entry is marked", async () => {
  const ben = { ...ANNA, name: "ben", grants: { "01": "operator" }, isMe: false, isDisabled: true };
  mount(<PeopleView />, {}, { "/api/session": DOOR, "/api/people": [ANNA, ben] });
  const rows = await screen.findAllByRole("row");
  expect(rows[1]?.textContent).toContain("anna (you)");
  expect(rows[2]?.textContent).toMatch(/operator on line 01.*Disabled.*never/);
});

test("the page says that it is loading until it has the list", async () => {
  mount(<PeopleView />, {}, { "/api/session": DOOR });
  expect(await screen.findByText("Loading the people")).toBeTruthy();
});

test("a refusal is shown in the server's words", async () => {
  mount(
    <PeopleView />,
    {},
    { "/api/session": DOOR, "/api/people": new Refusal(403, "Only administrators see people.") },
  );
  expect((await screen.findByRole("alert")).textContent).toBe("Only administrators see people.");
});
