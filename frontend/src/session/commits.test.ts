// @vitest-environment happy-dom
/** How a commit ends when its answer is lost on the way, or when something other than the server answers. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PLANT, RUNNING, Wire } from "../testing/mount.tsx";
import { Session } from "./session.ts";

type Answer = () => Promise<Response>;

const lost: Answer = () => Promise.reject(new TypeError("network error"));
const refusal =
  (status: number, kind: string): Answer =>
  async () =>
    new Response(JSON.stringify({ type: `/problems/${kind}`, detail: kind }), { status });
const page =
  (status: number): Answer =>
  async () =>
    new Response("<html>", { status });
const applied: Answer = async () => {
  const results = [{ machine: "m_401", field: "targetSpeed", outcome: "applied", asked: 150, rev: 2 }];
  return new Response(JSON.stringify({ txId: "t", status: "done", results }));
};

let answers: Record<"POST" | "GET", Answer>;
let session: Session;

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", (_: string, { method }: { method: "POST" | "GET" }) => answers[method]());
  const wire = new Wire({ m_401: RUNNING });
  session = new Session({ plant: PLANT, open: () => wire });
  await vi.advanceTimersByTimeAsync(0);
  wire.greet();
  session.connection.want("line:01");
});

afterEach(() => {
  session.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Commits, and lets `ms` pass; the phase and the sentence of the target then. */
async function commit(ms: number): Promise<() => [string, string | null]> {
  const txId = session.commits.commit({ updates: { m_401: { targetSpeed: 150 } } });
  if (txId === null) throw new Error("the link is live");
  await vi.advanceTimersByTimeAsync(ms);
  return () => {
    const target = session.transaction(txId)?.targets.get("m_401")?.get("targetSpeed");
    if (!target) throw new Error("it is known");
    return [target.phase, target.message];
  };
}

test("a commit that arrives after the question for it is not shown as failed [CMD-8, SEQ-5]", async () => {
  answers = { POST: lost, GET: refusal(404, "unknown-batch") };
  const now = await commit(1_000);
  expect(now()).toEqual(["inflight", null]);
  answers.GET = applied; // it was on its way
  await vi.advanceTimersByTimeAsync(2_500);
  expect(now()[0]).toBe("confirmed");
});

test("a commit that the server still does not know after its limit was not applied [CMD-8, SEQ-5]", async () => {
  answers = { POST: lost, GET: refusal(404, "unknown-batch") };
  const now = await commit(3_500);
  expect(now()).toEqual(["failed", "Not applied: the server has no record of it"]);
});

test("a 404 that is not from the server proves nothing [SEQ-5]", async () => {
  answers = { POST: lost, GET: page(404) };
  const now = await commit(4_000);
  expect(now()[0]).toBe("inflight");
  await vi.advanceTimersByTimeAsync(7_000);
  expect(now()[0]).toBe("unknown");
});

test("a commit without an answer may have arrived [SEQ-5]", async () => {
  answers = { POST: page(408), GET: applied };
  const now = await commit(1_000);
  expect(now()[0]).toBe("confirmed");
});

test("a commit that the server refuses was not sent [CMD-8]", async () => {
  answers = { POST: refusal(409, "too-late"), GET: lost };
  const now = await commit(1_000);
  expect(now()).toEqual([
    "failed",
    "Not sent: it reached the server too late. Look at the machine, then ask again.",
  ]);
});
