import { describe, expect, it } from "vitest";
import type { Event, Store as StoreType } from "./index.ts";
import { fieldFeedback, LOCK_MS, type Look, NOTICE_MS, Store } from "./index.ts";

const SNAPSHOT: Event = {
  type: "snapshot",
  topic: "line:01",
  epoch: "k",
  seq: 0,
  ts: 0,
  data: { machines: { m_401: { targetSpeed: 100, status: "RUNNING" } }, kpis: {} },
  revs: { m_401: { targetSpeed: 17 } },
  tx: [],
};

function committed(): StoreType {
  const store = new Store(["targetSpeed"]);
  store.step(SNAPSHOT, 0);
  store.step({ type: "commit", txId: "t", updates: { m_401: { targetSpeed: 150 } } }, 0);
  return store;
}

const lookOf = (store: StoreType): Look => fieldFeedback(store.view("m_401"), "targetSpeed").look;
const item = { machine: "m_401", field: "targetSpeed", rev: 18 } as const;
const stream = (outcome: "applied" | "accepted" | "failed", seq = 1): Event => ({
  type: "delta",
  topic: "line:01",
  seq,
  ts: 1,
  machines: outcome === "applied" ? { m_401: { targetSpeed: 150 } } : {},
  tx: [{ txId: "t", ...item, outcome }],
});

describe("the six looks of a field [TX-1, TX-5]", () => {
  it("is optimistic at once, with the machine's own value beside it", () => {
    const store = committed();
    expect(fieldFeedback(store.view("m_401"), "targetSpeed")).toEqual({
      look: "optimistic",
      value: 150,
      server: 100,
      message: "",
      txId: "t",
    });
  });

  it.each(["answer", "stream"])("is confirmed by the %s, whichever comes first", (channel) => {
    const store = committed();
    store.step({ type: "inflight", txId: "t" }, 1);
    const results = [{ ...item, outcome: "accepted" as const, value: 150 }];
    store.step(channel === "answer" ? { type: "answered", txId: "t", results } : stream("accepted"), 2);
    expect(lookOf(store)).toBe("confirmed");
  });

  it("is confirmed for at least 600 ms if the outcome comes before any answer, for at most 2 s, then idle", () => {
    const store = committed();
    store.step({ type: "inflight", txId: "t" }, 1);
    store.step(stream("applied"), 2);
    expect(NOTICE_MS.reconciled).toBeGreaterThanOrEqual(600);
    expect(NOTICE_MS.reconciled).toBeLessThanOrEqual(2_000);
    store.step({ type: "expire" }, 2 + NOTICE_MS.reconciled - 1);
    expect(lookOf(store)).toBe("confirmed");
    store.step({ type: "expire" }, 2 + NOTICE_MS.reconciled);
    expect(lookOf(store)).toBe("idle");
  });

  it("is failed at once", () => {
    const store = committed();
    store.step({ type: "inflight", txId: "t" }, 1);
    store.step(stream("failed"), 2);
    expect(lookOf(store)).toBe("failed");
  });

  it("is a conflict when another person's rev is above ours", () => {
    const store = committed();
    store.step({ type: "inflight", txId: "t" }, 1);
    store.step({ type: "answered", txId: "t", results: [{ ...item, outcome: "accepted", value: 150 }] }, 2);
    const other = { ...item, txId: "x", rev: 19, outcome: "applied" as const };
    store.step({ type: "delta", topic: "line:01", seq: 1, ts: 1, tx: [other] }, 3);
    expect(lookOf(store)).toBe("conflict");
  });

  it("is unknown after the lock's deadline, and confirmed, with the words of ✓, when it takes effect late", () => {
    const store = committed();
    store.step({ type: "inflight", txId: "t" }, 1);
    store.step({ type: "expire" }, LOCK_MS + 1);
    expect(lookOf(store)).toBe("unknown");
    store.step(stream("applied"), LOCK_MS + 500);
    expect(fieldFeedback(store.view("m_401"), "targetSpeed")).toMatchObject({
      look: "confirmed",
      message: "Applied late",
    });
  });

  it("is idle if nothing is pending, and for an unknown machine", () => {
    expect(fieldFeedback(committed().view("m_999"), "targetSpeed")).toMatchObject({
      look: "idle",
      value: null,
    });
  });
});
