// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { App, askAhead } from "./app.tsx";
import { readHere } from "./testing/localWorker.ts";
import { PLANT, Refusal, RUNNING, Wire } from "./testing/mount.tsx";

const ADMIN = { name: "carla", fullName: "", role: "admin", grants: { "*": "admin" } };
let wires: Wire[];
let answers: Record<string, unknown>;

beforeEach(() => {
  wires = [];
  answers = { "/api/plant": PLANT };
  readHere();
  vi.stubGlobal(
    "WebSocket",
    class extends Wire {
      constructor() {
        super({ m_401: RUNNING });
        wires.push(this);
      }
    },
  );
  vi.stubGlobal("fetch", async (path: string) => {
    const answer = answers[path.split("?")[0] ?? ""];
    if (answer === undefined) return new Promise(() => {}); // never
    if (answer instanceof Refusal) return answer.response();
    return Response.json(answer);
  });
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function open(address: string): void {
  delete root.dataset.link;
  window.history.replaceState(null, "", address);
  render(<App client={askAhead()} />);
}

/** The board at an address, with a live connection. */
async function board(address: string, role?: string): Promise<Wire> {
  open(address);
  await waitFor(() => expect(wires).toHaveLength(1));
  const [wire] = wires as [Wire];
  act(() => wire.greet(role));
  await waitFor(() => expect(root.dataset.link).toBe("connected")); // the frame comes after its connection
  return wire;
}

const heading = () => document.querySelector("main h1, main h2")?.textContent;
const header = () => document.querySelector(".header") as HTMLElement;
const main = () => within(screen.getByRole("main"));
const root = document.documentElement;

test("the page says that it is loading and opens no connection until it has the plant", () => {
  answers = {};
  open("/");
  expect(screen.getByRole("status").textContent).toBe("Loading the plant");
  expect(wires).toEqual([]);
});

test("the page asks for the plant once, before it is shown, as the person who looks", async () => {
  const users: string[] = [];
  vi.stubGlobal("fetch", async (path: string, { headers }: RequestInit) => {
    if (path !== "/api/plant") return new Promise(() => {}); // never
    users.push(new Headers(headers).get("X-Demo-User") ?? "nobody");
    return Response.json(PLANT);
  });
  window.history.replaceState(null, "", "/?user=bela");
  const client = askAhead();
  await waitFor(() => expect(users).toEqual(["bela"]));
  render(<App client={client} />);
  await waitFor(() => expect(header().textContent).toContain("Test plant"));
  expect(users).toEqual(["bela"]);
});

test("if the server does not answer, the page says why and asks again until it does", async () => {
  answers = { "/api/plant": new Refusal(503, "The server is starting.") };
  open("/");
  expect((await screen.findByRole("alert")).textContent).toBe(
    "The plant could not be loaded: The server is starting. Trying again every 2 s.",
  );
  answers = { "/api/plant": PLANT };
  await waitFor(() => expect(header().textContent).toContain("Test plant"));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a 401 from something in front of the server sends nobody to the sign-in page", async () => {
  answers = { "/api/plant": new Refusal(401, "Proxy authentication failed.") };
  open("/");
  expect((await screen.findByRole("alert")).textContent).toContain("Proxy authentication failed.");
  answers = { "/api/plant": PLANT };
  await waitFor(() => expect(header().textContent).toContain("Test plant"));
});

test("a person who is not signed in gets the sign-in page, and the page asks nothing again", async () => {
  answers = {
    "/api/plant": new Refusal(401, "Sign in first, then try again.", "not-signed-in"),
    "/api/session": { user: null, needsSetUp: false, openId: null },
  };
  open("/lines/01");
  expect(await screen.findByLabelText("Password")).toBeTruthy();
  expect(header()).toBeNull();
  expect(screen.queryByText(/Trying again/)).toBeNull();
  expect(wires).toEqual([]);
});

test.each([
  ["/", "Test plant"],
  ["/lines/01", "Line 01"],
  ["/machines/m:401", "m:401"],
  ["/batches", "Batches"],
  ["/batches/t1", "Loading the batch"],
  ["/events", "Events"],
  ["/alarms", "Alarms"],
  ["/shifts", "Loading"],
  ["/upload", "Change many machines from a workbook"],
  ["/account", "Loading the account"],
  ["/people", "Loading the people"],
  ["/limits", "Limits"],
  ["/security", "Security log"],
  ["/deliveries", "Deliveries"],
  ["/plant-file", "Plant file"],
  ["/held", "Waiting for a second person"],
  ["/nowhere/at/all", "There is no page /nowhere/at/all"],
])("the address %s shows its page in the frame", async (address, words) => {
  answers["/api/session"] = { user: ADMIN, needsSetUp: false, openId: null };
  await board(address, "admin");
  expect((await main().findAllByText(words))[0]).toBeTruthy();
  expect(header().textContent).toContain("Test plant");
});

test("a page that does not exist has a link to the plant", async () => {
  await board("/nowhere/at/all");
  fireEvent.click(main().getByRole("link", { name: "To the plant" }));
  await waitFor(() => expect(window.location.pathname).toBe("/"));
  expect(screen.queryByText(/There is no page/)).toBeNull();
});

test("links inside the board change the page without loading it again", async () => {
  await board("/");
  fireEvent.click(within(header()).getByRole("link", { name: "Batches" }));
  await waitFor(() => expect(heading()).toBe("Batches"));
  expect(wires).toHaveLength(1);
});

test("the whole page shows the state of the connection", async () => {
  open("/");
  await waitFor(() => expect(root.dataset.link).toBe("connecting"));
  const [wire] = wires as [Wire];
  act(() => wire.greet());
  await waitFor(() => expect(root.dataset.link).toBe("connected"));
  expect(screen.queryByRole("alert")).toBeNull();
  wire.end();
  await waitFor(() => expect(root.dataset.link).toBe("disconnected"));
  expect(screen.getByRole("alert").textContent).toMatch(/^Disconnected\. Shown: what was known at /);
});

test("the page has the theme of its address, otherwise the computer's", async () => {
  await board("/?theme=dark");
  expect(root.dataset.theme).toBe("dark");
  cleanup();
  wires = [];
  await board("/?theme=purple");
  expect(root.dataset.theme).toBeUndefined();
});

test("a wall has no frame around its machines", async () => {
  await board("/?kiosk");
  expect(await screen.findByText("m:401")).toBeTruthy();
  expect(header()).toBeNull();
});

test("? and the button open the list of keys, and it can be closed again", async () => {
  await board("/");
  fireEvent.keyDown(document.body, { key: "?" });
  fireEvent.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Close" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  fireEvent.click(screen.getByRole("button", { name: "Keys" }));
  expect(await screen.findByRole("dialog", { name: "Keys" })).toBeTruthy();
});

test("the page asks for waiting batches only if a field of the plant needs a second person", async () => {
  const paths: string[] = [];
  const answer = globalThis.fetch;
  vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
    paths.push(path.split("?")[0] ?? "");
    return answer(path, init);
  });
  await board("/");
  expect(await screen.findByText("m:401")).toBeTruthy();
  expect(paths).not.toContain("/api/held");
  cleanup();
  wires = [];
  answers["/api/plant"] = {
    ...PLANT,
    fields: PLANT.fields.map((field) => ({ ...field, needsSecondPerson: true })),
  };
  await board("/");
  await waitFor(() => expect(paths).toContain("/api/held"));
});
