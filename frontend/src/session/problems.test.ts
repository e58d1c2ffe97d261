import { afterEach, expect, test, vi } from "vitest";
import { Api, type ApiProblem } from "./api.ts";

const calls: unknown[] = [];

/** The error that a refusal with this body becomes, and the texts that the page was asked for. */
async function refusedWith(body: unknown): Promise<unknown> {
  calls.length = 0;
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(body), { status: 422 }));
  const api = new Api({
    say: (code, sentence, args) => {
      calls.push([code, args]);
      return sentence;
    },
  });
  return api.ask("/api/batches").catch((error: ApiProblem) => error.message);
}

afterEach(() => vi.unstubAllGlobals());

test("a refusal is shown by its code, with the arguments that came", async () => {
  const problem = { type: "/problems/batch-too-large", detail: "too many", arguments: { most: 2, count: 3 } };
  expect(await refusedWith(problem)).toBe("too many");
  expect(calls).toEqual([["batch-too-large", { most: 2, count: 3 }]]);
});

test("arguments other than texts and numbers are left out", async () => {
  await refusedWith({ type: "/problems/name-taken", detail: "taken", arguments: { name: "anna", of: {} } });
  expect(calls).toEqual([["name-taken", { name: "anna" }]]);
  await refusedWith({ type: "/problems/name-taken", detail: "taken", arguments: "all" });
  await refusedWith(null);
  expect(calls).toEqual([["", {}]]);
});
