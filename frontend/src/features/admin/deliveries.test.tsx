// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import { mount, Refusal } from "../../testing/mount.tsx";
import { DeliveriesView } from "./DeliveriesView.tsx";
import type { Delivery } from "./deliveries.ts";

const ADMIN = {
  "/api/session": {
    user: { name: "anna", role: "admin", grants: { "*": "admin" } },
    needsSetUp: false,
    openId: null,
  },
};
const FAILED: Delivery = {
  id: 17,
  channel: "mes",
  type: "setpoint.alarm.raised",
  at: 1,
  state: "failed",
  attempts: 10,
  said: "410 Gone",
  triedAt: 2,
  nextAt: null,
};
const WAITING: Delivery = { ...FAILED, id: 18, state: "waiting", attempts: 1, said: "503", nextAt: 60 };
const CHANNELS = { "/api/deliveries/channels": { channels: { mes: "https://mes.plant.example/hooks" } } };
const LIST = { "/api/deliveries": { items: [WAITING, FAILED], nextCursor: "17" } };

beforeEach(() => window.history.replaceState(null, "", "/deliveries"));

test("the page shows where channels lead, and the state, attempts and last answer of each message", async () => {
  mount(<DeliveriesView />, {}, { ...ADMIN, ...CHANNELS, ...LIST });
  const [, waiting, failed] = await screen.findAllByRole("row");
  expect(waiting?.textContent).toMatch(/mes.*alarm\.raised.*waiting.*503/);
  expect(failed?.textContent).toMatch(/mes.*alarm\.raised.*failed.*410 Gone/);
  expect(screen.getByText("https://mes.plant.example/hooks")).toBeTruthy();
  expect(screen.getByRole("button", { name: "More than 2 messages" })).toBeTruthy();
});

test("a finished message can be sent again, and a waiting one is tried by itself", async () => {
  mount(<DeliveriesView />, {}, { ...ADMIN, ...CHANNELS, ...LIST, "/api/deliveries/17/again": null });
  const answered = fetch;
  const sent: string[] = [];
  globalThis.fetch = (path, options) => {
    if (options?.method === "POST") sent.push(String(path));
    return answered(path, options);
  };
  fireEvent.click(await screen.findByRole("button", { name: "Send 17 again" }));
  await waitFor(() => expect(sent).toEqual(["/api/deliveries/17/again"]));
  expect(screen.queryByRole("button", { name: "Send 18 again" })).toBeNull();
});

test("if a message cannot be sent again, the page says why", async () => {
  const refusal = new Refusal(404, "there is no delivery 17 that is over");
  mount(<DeliveriesView />, {}, { ...ADMIN, ...CHANNELS, ...LIST, "/api/deliveries/17/again": refusal });
  fireEvent.click(await screen.findByRole("button", { name: "Send 17 again" }));
  expect((await screen.findByRole("alert")).textContent).toContain("There is no delivery 17");
});

test("channel and state filter the list and are in the address", async () => {
  mount(<DeliveriesView />, {}, { ...ADMIN, ...CHANNELS, ...LIST });
  fireEvent.change(await screen.findByRole("combobox", { name: "State" }), { target: { value: "failed" } });
  fireEvent.change(screen.getByRole("combobox", { name: "Channel" }), { target: { value: "mes" } });
  await waitFor(() => expect(window.location.search).toBe("?status=failed&channel=mes"));
});

test("a server without channels says how to get one", async () => {
  const none = { "/api/deliveries/channels": { channels: {} }, "/api/deliveries": { items: [] } };
  mount(<DeliveriesView />, {}, { ...ADMIN, ...none });
  expect(await screen.findByText(/notify\.toml/)).toBeTruthy();
  expect(await screen.findByText("No message matches.")).toBeTruthy();
});
