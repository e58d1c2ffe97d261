// @vitest-environment happy-dom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Plant, plantOf } from "../../contract/plant.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { heldMessages, hold, readHere, release } from "../../testing/localWorker.ts";
import { mount, PLANT, plantWith, RUNNING, type Wire } from "../../testing/mount.tsx";
import { SheetPicker } from "./SheetPicker.tsx";
import { UploadView } from "./UploadView.tsx";
import { leave, useUpload } from "./workbook.ts";

const TOPICS = ["line:01"];
const NUMBERS = Array.from({ length: 1_200 }, (_, at) => 401 + at);
const LARGE = plantWith(NUMBERS);
const HEADER = "Machine ID,Target Speed";

function Page() {
  useTopics(TOPICS);
  return (
    <main id="main" tabIndex={-1}>
      <UploadView />
    </main>
  );
}

beforeEach(() => {
  readHere();
  window.history.replaceState(null, "", "/upload");
});
afterEach(() => leave());

function page(
  records: Parameters<typeof mount>[1] = { m_401: RUNNING },
  plant: Plant = LARGE,
  answers = {},
): Wire {
  return mount(<Page />, records, answers, { plant });
}

function choose(rows: string, name = "plan.csv"): void {
  const input = screen.getByLabelText("Workbook");
  fireEvent.change(input, { target: { files: [new File([rows], name)] } });
}

async function read(rows: readonly string[], header = HEADER): Promise<void> {
  choose([header, ...rows, ""].join("\n"));
  await screen.findByRole("heading", { name: "plan.csv" });
}

const change = () => screen.getByRole("button", { name: /^Change \d+ target/ }) as HTMLButtonElement;
const totals = () => document.querySelector(".foot-totals")?.textContent;
const refusal = () => document.querySelector(".refusal")?.textContent;
const rowTexts = () =>
  within(screen.getByRole("table"))
    .getAllByRole("row")
    .slice(1)
    .map((row) => row.textContent ?? "");

test("without a workbook the page says what it accepts, and offers the template", () => {
  page({}, PLANT);
  expect(
    screen.getByText(/^xlsx, .* up to 20 MB, with the columns Machine ID, Target Speed \(optional\)\.$/),
  ).toBeTruthy();
  expect(screen.getByRole("link", { name: "Get the template" }).getAttribute("href")).toBe(
    "/api/template.xlsx",
  );
});

test("while a workbook is opened the page shows its name, and the progress once that is known", async () => {
  page();
  hold();
  choose([HEADER, ...NUMBERS.map((number) => `m:${number},1300`)].join("\n"));
  expect(await screen.findByRole("heading", { name: "Reading plan.csv" })).toBeTruthy();
  expect(screen.getByRole("status").textContent).toBe("Opening the file");
  await waitFor(() => expect(heldMessages()).toBeGreaterThan(1));
  act(() => release(1));
  await waitFor(() => expect(screen.getByRole("status").textContent).toBe("500 of 1,200 rows checked"));
  const progress = screen.getByRole("progressbar") as HTMLProgressElement;
  expect([progress.value, progress.max]).toEqual([500, 1_200]);
  act(() => release());
  expect(await screen.findByText("1,200 rows. Nothing is sent yet.")).toBeTruthy();
});

test("a cancelled read leaves nothing, whatever its worker still sends", async () => {
  page();
  hold();
  choose([HEADER, "m:401,1300"].join("\n"));
  fireEvent.click(await screen.findByRole("button", { name: "Cancel" }));
  await waitFor(() => expect(heldMessages()).toBeGreaterThan(0));
  act(() => release());
  expect(screen.getByRole("heading", { name: "Change many machines from a workbook" })).toBeTruthy();
  expect(useUpload.getState().phase).toBe("empty");
});

test("a file without the header is refused with the reason, and another can be chosen", async () => {
  page();
  choose("Name,Speed\nm:401,1300\n");
  const alert = await screen.findByRole("alert");
  expect(within(alert).getByRole("heading").textContent).toBe("✕ plan.csv was not read");
  expect(alert.textContent).toContain("Machine ID");
  expect(alert.textContent).toContain("Nothing was sent to any machine.");
  expect(screen.getByRole("button", { name: "Choose a workbook" })).toBeTruthy();
});

function chooseBytes(text: string): void {
  const file = new File([Uint8Array.from(text, (letter) => letter.charCodeAt(0))], "plan.csv");
  fireEvent.change(screen.getByLabelText("Workbook"), { target: { files: [file] } });
}

const encoding = () => screen.getByLabelText("Encoding") as HTMLSelectElement;

test("a refused text can be read in another encoding", async () => {
  page();
  chooseBytes("M\u00fcller\n");
  await screen.findByRole("alert");
  expect(encoding().value).toBe("");
  fireEvent.change(encoding(), { target: { value: "windows-1252" } });
  await waitFor(() => expect(screen.getByRole("alert").textContent).toContain("M\u00fcller"));
  expect(encoding().value).toBe("windows-1252");
});

test("unknown letters are marked until the encoding is chosen", async () => {
  page();
  chooseBytes(`${HEADER}\nm:401,1300 \u00fc\n`);
  await screen.findByRole("heading", { name: "plan.csv" });
  expect(rowTexts()[0]).toContain("in a code page that is not known");
  fireEvent.change(encoding(), { target: { value: "windows-1252" } });
  await waitFor(() => expect(rowTexts()[0]).toContain("1300 \u00fc"));
  expect(rowTexts()[0]).not.toContain("not known");
});

test("an empty sheet of rows has nothing to send", async () => {
  page();
  await read([]);
  expect(screen.getByText("0 rows. Nothing is sent yet.")).toBeTruthy();
  expect(change().disabled).toBe(true);
});

test("values that the machines already have are folded, and shown on request", async () => {
  page({ m_401: RUNNING, m_402: RUNNING });
  await read(["m:401,1200", "m:402,1300"]);
  await waitFor(() => expect(rowTexts()).toHaveLength(1));
  fireEvent.click(screen.getByRole("button", { name: "Show 1 unchanged target" }));
  await waitFor(() => expect(rowTexts()).toHaveLength(2));
  fireEvent.click(screen.getByRole("button", { name: "Fold 1 unchanged target" }));
  await waitFor(() => expect(rowTexts()).toHaveLength(1));
});

test("each filter has its count and lists only its rows", async () => {
  page({ m_401: RUNNING, m_402: { ...RUNNING, status: "EMERGENCY_STOP" } });
  await read(["m:401,1300", "m:402,1300", "m:403,9999"]);
  const label = (name: string) => screen.getByRole("radio", { name: new RegExp(`^${name}`) });
  expect(
    ["All", "Changes", "Warnings", "Errors", "Conflicts", "Blocked", "Waiting"].map(
      (name) => label(name).parentElement?.textContent,
    ),
  ).toEqual(["All 3", "Changes 1", "Warnings 0", "Errors 1", "Conflicts 0", "Blocked 1", "Waiting 0"]);
  fireEvent.click(label("Blocked"));
  await waitFor(() => expect(rowTexts()).toHaveLength(1));
  expect(rowTexts()[0]).toContain("m:402");
  fireEvent.click(label("Warnings"));
  expect(await screen.findByText("No row matches.")).toBeTruthy();
});

test("the same mistake in many rows is one line that can list its rows", async () => {
  page({ m_401: RUNNING });
  await read(["m:401,1300", ...[2, 3, 4, 5, 6, 7].map((each) => `m:40${each},9999`)]);
  const wrong = screen.getByRole("list", { name: "What is wrong in the file" });
  expect(wrong.textContent).toContain("6 rows · Target Speed: out of range");
  expect(wrong.textContent).toContain("Rows 3, 4, 5, 6, 7 and 1 more");
  const group = within(wrong).getByRole("button");
  fireEvent.click(group);
  await waitFor(() => expect(rowTexts()).toHaveLength(6));
  expect(group.getAttribute("aria-pressed")).toBe("true");
  fireEvent.click(group);
  await waitFor(() => expect(rowTexts()).toHaveLength(7));
  expect(totals()).toContain("6 rows with errors");
});

test("a warning about the whole sheet is shown above the rows", async () => {
  page();
  await read(["m:401,1300,x"], `${HEADER},Colour`);
  expect(document.querySelector(".sheet-warnings")?.textContent).toContain("Colour");
});

test("a wrong row is fixed in a dialog that shows the file's cells and checks again", async () => {
  page();
  await read(["m:401,9999"]);
  fireEvent.click(screen.getByRole("button", { name: /^Fix row 2/ }));
  const dialog = screen.getByRole("dialog");
  const speed = within(dialog).getByLabelText(/^Target Speed/) as HTMLInputElement;
  expect((within(dialog).getByLabelText(/^Machine ID/) as HTMLInputElement).value).toBe("m:401");
  expect(speed.value).toBe("9999");
  expect(speed.getAttribute("aria-invalid")).toBe("true");
  fireEvent.change(speed, { target: { value: "much" } });
  expect(speed.getAttribute("aria-invalid")).toBe("false");
  fireEvent.submit(dialog.querySelector("form") as HTMLFormElement);
  expect(speed.getAttribute("aria-invalid")).toBe("true");
  fireEvent.change(speed, { target: { value: "1300" } });
  fireEvent.submit(dialog.querySelector("form") as HTMLFormElement);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  await waitFor(() => expect(change().textContent).toBe("Change 1 target"));
});

test("a row cannot be fixed into a second row for the same machine", async () => {
  page({ m_401: RUNNING, m_402: RUNNING });
  await read(["m:401,1300", "m:402,9999"]);
  fireEvent.click(screen.getByRole("button", { name: /^Fix row 3/ }));
  const dialog = screen.getByRole("dialog");
  fireEvent.change(within(dialog).getByLabelText(/^Machine ID/), { target: { value: "m:401" } });
  fireEvent.change(within(dialog).getByLabelText(/^Target Speed/), { target: { value: "1300" } });
  fireEvent.submit(dialog.querySelector("form") as HTMLFormElement);
  expect(within(dialog).getByRole("alert").textContent).toContain("row 2");
  fireEvent.click(within(dialog).getByRole("button", { name: "Cancel" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(change().textContent).toBe("Change 1 target");
});

test("machines that never reported disable the button until they are left out", async () => {
  page({ m_401: RUNNING });
  await read(["m:401,1300", "m:402,1300"]);
  await waitFor(() => expect(totals()).toContain("1 waiting: their machines have not reported yet"));
  expect(change().disabled).toBe(true);
  expect(refusal()).toBe("Some machines have not reported yet. Wait a moment, or leave them out.");
  fireEvent.click(screen.getByRole("button", { name: "Leave out 1 waiting row" }));
  await waitFor(() => expect(change().disabled).toBe(false));
  expect(totals()).toContain("1 will change");
});

test("a machine that reports while the preview is open need not be left out", async () => {
  const wire = page({ m_401: RUNNING });
  await read(["m:402,1300"]);
  await waitFor(() => expect(change().disabled).toBe(true));
  wire.report({ m_402: RUNNING }, { revs: { m_402: { targetSpeed: 1 } } });
  await waitFor(() => expect(change().disabled).toBe(false));
});

test("“all or nothing” disables the button while a row cannot be sent, and says why", async () => {
  page({ m_401: RUNNING, m_402: { ...RUNNING, status: "EMERGENCY_STOP" } });
  await read(["m:401,1300", "m:402,1300"]);
  await waitFor(() => expect(totals()).toContain("1 blocked (line 01, EMERGENCY STOP"));
  expect(change().disabled).toBe(false);
  fireEvent.click(screen.getByRole("checkbox", { name: "All or nothing" }));
  expect(change().disabled).toBe(true);
  expect(refusal()).toBe("All or nothing: some rows cannot go. Fix them, or leave all-or-nothing out.");
});

test("large changes are marked and counted, and a click lists only them", async () => {
  page({ m_401: RUNNING, m_402: RUNNING });
  await read(["m:401,1300", "m:402,2900"]);
  const large = await screen.findByRole("button", { name: /1 changes by more than 50 %/ });
  fireEvent.click(large);
  await waitFor(() => expect(rowTexts()).toHaveLength(1));
  expect(rowTexts()[0]).toMatch(/m:402.*▲ \+142 %/);
  fireEvent.click(large);
  await waitFor(() => expect(rowTexts()).toHaveLength(2));
  expect(rowTexts().filter((text) => text?.includes("▲"))).toHaveLength(1);
});

test("a field that needs a reason disables the button until there is one", async () => {
  const fields = PLANT.fields.map((field) => ({ ...field, needsReason: field.isWritable }));
  page({ m_401: RUNNING }, plantOf({ ...PLANT, fields }));
  await read(["m:401,1300"]);
  await waitFor(() => expect(change().textContent).toBe("Change 1 target"));
  const reason = screen.getByLabelText("Reason") as HTMLInputElement;
  expect([reason.placeholder, change().disabled]).toEqual(["needed", true]);
  fireEvent.change(reason, { target: { value: "  " } });
  expect(change().disabled).toBe(true);
  fireEvent.change(reason, { target: { value: "new product" } });
  expect([reason.placeholder, change().disabled]).toEqual(["optional", false]);
});

test("a person who may only look sees the preview and cannot send it", async () => {
  const lines = PLANT.lines.map((line) => ({ ...line, mayChange: false }));
  page({ m_401: RUNNING }, plantOf({ ...PLANT, lines }));
  expect(screen.getByText("You may look, not change.")).toBeTruthy(); // before a file is chosen
  await read(["m:401,1300"]);
  expect(change().disabled).toBe(true);
  expect(refusal()).toBe("You may look, not change.");
});

test("without a connection nothing can be sent, and the preview stays", async () => {
  const wire = page({ m_401: RUNNING });
  await read(["m:401,1300"]);
  await waitFor(() => expect(change().disabled).toBe(false));
  wire.end();
  await waitFor(() => expect(change().disabled).toBe(true));
  expect(refusal()).toMatch(/Nothing is sent until it is live again; what you typed is kept\.$/);
});

test("discarding goes back to the start", async () => {
  page({ m_401: RUNNING });
  await read(["m:401,1300"]);
  fireEvent.click(screen.getByRole("button", { name: "Discard" }));
  expect(await screen.findByRole("button", { name: "Choose a workbook" })).toBeTruthy();
});

test("when a button leads to another view, the keyboard's focus stays on the page", async () => {
  page({ m_401: RUNNING });
  await read(["m:401,1300"]);
  const discard = screen.getByRole("button", { name: "Discard" });
  discard.focus();
  fireEvent.click(discard);
  await screen.findByRole("button", { name: "Choose a workbook" });
  await waitFor(() => expect(document.activeElement?.id).toBe("main"));
});

test("the button sends the ticked targets with their revs and the reason, and opens their batch", async () => {
  const sent: unknown[] = [];
  page({ m_401: RUNNING, m_402: RUNNING }, LARGE, {
    "/api/batches": (body: unknown) => {
      sent.push(body);
      return undefined;
    },
  });
  await read(["m:401,1300", "m:402,1400"]);
  await waitFor(() => expect(change().textContent).toBe("Change 2 targets"));
  fireEvent.click(screen.getByRole("checkbox", { name: /m:402/ }));
  fireEvent.change(screen.getByLabelText("Reason"), { target: { value: "new product" } });
  fireEvent.click(change());
  expect(window.location.pathname).toMatch(/^\/batches\/./);
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({
    updates: { m_401: { targetSpeed: 1300 } },
    base: { m_401: { targetSpeed: 1 } },
    reason: "new product",
    source: { filename: "plan.csv" },
  });
});

const SHEETS = { name: "plan.xlsx", sheet: "Early", total: 1 } as unknown as Parameters<
  typeof SheetPicker
>[0]["workbook"];

test.each([
  ["no sheet has no name to show", [], ""],
  ["one sheet is named", ["Early"], "Sheet “Early”"],
  [
    "of several sheets the read one is chosen, and the others are counted",
    ["Early", "Late", "Night"],
    "SheetEarlyLateNight2 other sheets not read",
  ],
])("%s", (_, sheets, words) => {
  mount(<SheetPicker workbook={{ ...SHEETS, sheets }} />);
  expect(document.body.textContent).toBe(words);
});

test("a plant of which nothing can be set offers no workbook and no template", () => {
  const fields = PLANT.fields.filter((each) => !each.isWritable);
  page({ m_401: RUNNING }, plantOf({ ...PLANT, fields, lines: [...PLANT.lines] }));
  expect(screen.getByText(/No field of this plant can be set/)).toBeTruthy();
  expect(screen.queryByRole("button")).toBeNull();
  expect(screen.queryByRole("link")).toBeNull();
});
