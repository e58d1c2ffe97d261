// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { setParam } from "../../router.ts";
import { mount, Refusal } from "../../testing/mount.tsx";
import { BatchesView } from "./BatchesView.tsx";

const batch = (txId: string) => ({
  txId,
  person: "anna",
  at: 1,
  counts: { applied: 2 },
  reason: `why ${txId}`,
});

test("the page says that no batch matches", async () => {
  mount(<BatchesView />, {}, { "/api/batches": { items: [] } });
  expect(await screen.findByText("No batch matches.")).toBeTruthy();
});

test("a refusal is shown in the server's words", async () => {
  mount(<BatchesView />, {}, { "/api/batches": new Refusal(503, "The database does not answer.") });
  expect((await screen.findByRole("alert")).textContent).toBe("The database does not answer.");
});

test("more batches come after those that are there", async () => {
  mount(<BatchesView />, {}, { "/api/batches": { items: [batch("a")], nextCursor: "next" } });
  expect(await screen.findByText("why a")).toBeTruthy();
  const paths: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    paths.push(path);
    return Response.json({ items: [batch("b")], nextCursor: null });
  });
  fireEvent.click(screen.getByRole("button", { name: "More than 1 batch" }));
  expect(await screen.findByText("why b")).toBeTruthy();
  expect(screen.getByText("why a")).toBeTruthy();
  expect(paths).toEqual([expect.stringContaining("cursor=next")]);
  expect(screen.queryByRole("button", { name: /^More/ })).toBeNull();
});

test("on a narrow screen the filters are folded away until one is set", async () => {
  vi.stubGlobal("matchMedia", () => ({ matches: true, addEventListener() {}, removeEventListener() {} }));
  mount(<BatchesView />, {}, { "/api/batches": { items: [] } });
  await screen.findByText(/No batch/);
  const folded = screen.getByText("Filters").closest("details") as HTMLDetailsElement;
  expect(folded.open).toBe(false);
  act(() => setParam("person", "anna"));
  expect(folded.open).toBe(true);
  vi.unstubAllGlobals();
});
