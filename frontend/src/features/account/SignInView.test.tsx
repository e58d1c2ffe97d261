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
  const problem = "The name and the password do not fit together.";
  vi.stubGlobal("fetch", async () => Response.json({ detail: problem }, { status: 401 }));
  const button = screen.getByRole("button", { name: "Sign in" });
  fireEvent.click(button);
  expect((await screen.findByRole("alert")).textContent).toContain(problem);
  expect(button).toHaveProperty("disabled", false);
});

test("a fresh server says that nobody can sign in yet, and a provider has a button", async () => {
  mount(<SignInView />, {}, { "/api/session": { ...NOBODY, needsSetUp: true, openId: "Plant ID" } });
  expect(await screen.findByText(/Nobody can sign in yet/)).toBeTruthy();
  expect(screen.getByText("Sign in with Plant ID").getAttribute("href")).toBe("/api/oidc/start");
});

/** Sets the cookie that the server sets after a failed sign-in at the provider. */
function failedAtProvider(failure: { code: string; message: string; args: Record<string, string> }) {
  at("");
  // biome-ignore lint/suspicious/noDocumentCookie: as the page, which cannot use the Cookie Store API without TLS
  document.cookie = `setpoint-sign-in-failed=${encodeURIComponent(JSON.stringify(failure))}; path=/sign-in`;
}

test("the refusal of the provider is shown beside the form, once", () => {
  failedAtProvider({ code: "provider-failed", message: "Plant ID does not know you", args: {} });
  mount(<SignInView />, {}, { "/api/session": NOBODY });
  expect(screen.getByRole("alert").textContent).toBe("Plant ID does not know you.");
  expect(document.cookie).toBe("");
});

test("the refusal of the provider is also shown in German, with what an administrator must know", async () => {
  await loadLanguage("de");
  const args = { name: "Anna M.", subject: "https://id.example|7" };
  failedAtProvider({ code: "no-account", message: "no account", args });
  mount(<SignInView />, {}, { "/api/session": NOBODY });
  const alert = screen.getByRole("alert").textContent;
  expect(alert).toContain("„Anna M.“");
  expect(alert).toContain("nennen Sie ihm: https://id.example|7");
  await loadLanguage("en");
});

test("an address puts no words on the page", () => {
  at("#failed=Call%20this%20number&code=provider-failed");
  mount(<SignInView />, {}, { "/api/session": NOBODY });
  expect(screen.queryByRole("alert")).toBeNull();
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
