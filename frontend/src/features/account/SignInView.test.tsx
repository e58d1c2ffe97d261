// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { loadLanguage } from "../../texts/catalogue.ts";
import { SignInView } from "./SignInView.tsx";

const NOBODY = { user: null, needsSetUp: false, openId: null };

function at(hash: string): void {
  window.history.replaceState(null, "", `/sign-in${hash}`);
}

beforeEach(() => at(""));

function type(label: string | RegExp, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

test("a wrong password says why, and the person can try again", async () => {
  mount(<SignInView />, {}, { "/api/session": NOBODY });
  type("Name", "anna");
  type("Password", "not the password");
  const said = "The name and the password do not fit together.";
  vi.stubGlobal("fetch", async () => Response.json({ detail: said }, { status: 401 }));
  const button = screen.getByRole("button", { name: "Sign in" });
  fireEvent.click(button);
  expect((await screen.findByRole("alert")).textContent).toContain(said);
  expect(button).toHaveProperty("disabled", false);
});

test("a fresh server says that nobody can sign in yet, and a provider has a button", async () => {
  mount(<SignInView />, {}, { "/api/session": { ...NOBODY, needsSetUp: true, openId: "Plant ID" } });
  expect(await screen.findByText(/Nobody can sign in yet/)).toBeTruthy();
  expect(screen.getByText("Sign in with Plant ID").getAttribute("href")).toBe("/api/oidc/start");
});

test("the refusal of the provider is shown beside the form", () => {
  at("#failed=Plant%20ID%20does%20not%20know%20you");
  mount(<SignInView />, {}, { "/api/session": NOBODY });
  expect(screen.getByRole("alert").textContent).toBe("Plant ID does not know you.");
  expect(window.location.hash).toBe("");
});

test("the refusal of the provider is said in German too, with what an administrator must know", async () => {
  await loadLanguage("de");
  at("#failed=no%20account&code=no-account&name=Anna%20M.&subject=https%3A%2F%2Fid.example%7C7");
  mount(<SignInView />, {}, { "/api/session": NOBODY });
  const said = screen.getByRole("alert").textContent;
  expect(said).toContain("„Anna M.“");
  expect(said).toContain("nennen Sie ihm: https://id.example|7");
  await loadLanguage("en");
});

test("a link lets its person choose a password, which must be typed twice", async () => {
  at("#link=secret");
  mount(<SignInView />, {}, { "/api/invite": { name: "otto", expiresAt: 9e9 } });
  expect(await screen.findByText(/Welcome, otto/)).toBeTruthy();
  expect(window.location.hash).toBe("");
  const button = screen.getByRole("button", { name: "Set the password" });
  type("Password", "nine green lathes");
  type("Password again", "nine green lath");
  expect(screen.getByText("The two are not the same yet.")).toBeTruthy();
  expect(button).toHaveProperty("disabled", true);
  type("Password again", "nine green lathes");
  expect(button).toHaveProperty("disabled", false);
});

test("the first administrator's link asks for a name too", async () => {
  at("#link=secret");
  mount(<SignInView />, {}, { "/api/invite": { name: null, expiresAt: 9e9 } });
  expect(await screen.findByText(/You will be the administrator/)).toBeTruthy();
  expect(screen.getByLabelText("Your name")).toBeTruthy();
});

test("a used link says so and leads to the sign-in", async () => {
  at("#link=secret");
  mount(<SignInView />, {}, { "/api/invite": new Refusal(404, "This link has been used.") });
  expect((await screen.findByRole("alert")).textContent).toContain("This link has been used.");
  expect(screen.getByText("To sign-in").getAttribute("href")).toBe("/sign-in");
});
