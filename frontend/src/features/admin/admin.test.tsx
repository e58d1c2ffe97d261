// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { LimitsView } from "./LimitsView.tsx";
import { PlantFileView } from "./PlantFileView.tsx";
import { SecurityView } from "./SecurityView.tsx";

const sessionOf = (grants: Record<string, string>) => ({
  user: { name: "anna", role: "admin", grants },
  needsSetUp: false,
  openId: null,
});
const ADMIN = { "/api/session": sessionOf({ "*": "admin" }) };
const LIMITS = {
  targetsAtOnce: 40_000,
  targetsAnHour: 10_000,
  keptBytes: 200 * 1024 * 1024,
  keptFiles: 2_000,
  readsAtOnce: 4,
};
const ENTRY = {
  seq: 9,
  at: 1,
  event: "sign-in-refused",
  person: "vera",
  address: "10.0.0.7",
  facts: {
    how: "password",
    fingerprint: "0a1b",
    expires: "86400",
    updates: { m_401: { targetSpeed: 1200 } },
    newer: "x",
  },
};

beforeEach(() => window.history.replaceState(null, "", "/"));

test.each([
  ["limits", <LimitsView key="limits" />],
  ["the security log", <SecurityView key="security" />],
  ["the plant file", <PlantFileView key="plant" />],
])("the page tells an administrator of one line who may use it: %s", async (_, view) => {
  mount(view, {}, { "/api/session": sessionOf({ "01": "admin" }) });
  expect((await screen.findByRole("alert")).textContent).toContain("administrators of the whole plant");
  expect(screen.getAllByRole("heading")).toHaveLength(1);
  expect(screen.queryByRole("navigation")).toBeNull();
});

test("the demo says that there is nothing to administer", async () => {
  mount(<PlantFileView />, {}, { "/api/session": new Refusal(404, "not found") });
  expect(await screen.findByText(/The demo has no accounts/)).toBeTruthy();
});

test("an account's limits are shown beside the default, and nothing can be set until they are changed", async () => {
  window.history.replaceState(null, "", "/limits?person=vera");
  const answers = {
    ...ADMIN,
    "/api/people": [],
    "/api/people/vera/limits": { ...LIMITS, keptFiles: 7 },
    "/api/people/*/limits": LIMITS,
  };
  mount(<LimitsView />, {}, answers);
  const files = await screen.findByRole("spinbutton", { name: /^Workbooks kept \(default 2000\)/ });
  expect(files).toHaveProperty("value", "7");
  expect(screen.getByRole("spinbutton", { name: "Workbooks kept, in MB" })).toHaveProperty("value", "200");
  const set = screen.getByRole("button", { name: "Set the limits" });
  expect(set).toHaveProperty("disabled", true);
  fireEvent.change(files, { target: { value: "9" } });
  expect(set).toHaveProperty("disabled", false);
});

test("all limits are sent when one is changed, and the others go back unchanged to the byte", async () => {
  const odd = { ...LIMITS, keptBytes: 1_000_001 };
  mount(<LimitsView />, {}, { ...ADMIN, "/api/people": [], "/api/people/*/limits": odd });
  const answered = fetch;
  const sent: unknown[] = [];
  globalThis.fetch = (path, options) => {
    if (options?.method === "PUT") sent.push(JSON.parse(String(options.body)));
    return answered(path, options);
  };
  fireEvent.change(await screen.findByRole("spinbutton", { name: "Targets at once" }), {
    target: { value: "50" },
  });
  fireEvent.click(screen.getByRole("button", { name: "Set the limits" }));
  await waitFor(() => expect(sent).toEqual([{ ...odd, targetsAtOnce: 50 }]));
});

test("the security log shows when, what, who, from where, and the details", async () => {
  mount(<SecurityView />, {}, { ...ADMIN, "/api/security": { items: [ENTRY], nextCursor: "9" } });
  const row = (await screen.findAllByRole("row"))[1]?.textContent;
  expect(row).toMatch(
    /sign in refused.*vera.*10\.0\.0\.7.*how: password, until: .*1970.*, targets: m:401 targetSpeed 1200, newer: x/,
  );
  expect(screen.getByRole("button", { name: "More than 1 entry" })).toBeTruthy();
});

test("a log that cannot be read says why", async () => {
  const answers = { ...ADMIN, "/api/security": new Refusal(503, "The database does not answer.") };
  mount(<SecurityView />, {}, answers);
  expect((await screen.findByRole("alert")).textContent).toBe("The database does not answer.");
});

const NOTHING = { added: [], removed: [], moved: [], fields: [], lines: [] };

test.each([
  [
    { ...NOTHING, added: ["m_403"], removed: ["m_402", "m_404"] },
    /Machines added \(1\)m:403Machines removed \(2\)m:402, m:404/,
  ],
  [NOTHING, /the same as before/],
])("after a reload of the plant file the page shows what has changed", async (change, words) => {
  mount(<PlantFileView />, {}, { ...ADMIN, "/api/plant/reload": change });
  fireEvent.click(await screen.findByRole("button", { name: "Read the plant file again" }));
  expect((await screen.findByRole("status")).textContent).toMatch(words);
});

test("if a plant file cannot be used, the page says why", async () => {
  const refusal = new Refusal(422, "nothing was changed, the plant file cannot be used: line 3");
  mount(<PlantFileView />, {}, { ...ADMIN, "/api/plant/reload": refusal });
  fireEvent.click(await screen.findByRole("button", { name: "Read the plant file again" }));
  expect((await screen.findByRole("alert")).textContent).toContain("cannot be used: line 3");
});
