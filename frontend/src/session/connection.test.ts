/** The shell of the link under fake timers: a page, a network and a server that do what a test says. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Delta, type Down, decodeUp, encode, type Snapshot, type Up } from "../contract/index.ts";
import { type Delivery, LiveSocket, type SocketLike } from "./connection.ts";

const DASHBOARD = "dashboard:global";
const LINE = "line:01";

class FakeSocket implements SocketLike {
  readonly ups: Up[] = [];
  readyState: SocketLike["readyState"] = 0;
  bufferedAmount = 0;
  closedWith: number | undefined;
  isClosed = false;
  onmessage: SocketLike["onmessage"] = null;
  onclose: SocketLike["onclose"] = null;

  send(text: unknown): void {
    this.ups.push(decodeUp(String(text)));
  }

  close(code?: number): void {
    this.isClosed = true;
    this.closedWith = code;
    this.readyState = 3;
  }

  say(frame: Down | string): void {
    const data = typeof frame === "string" ? frame : encode(frame);
    this.onmessage?.call(this as unknown as WebSocket, { data } as MessageEvent);
  }

  end(code = 1006, reason = ""): void {
    this.readyState = 3;
    this.onclose?.call(this as unknown as WebSocket, { code, reason } as CloseEvent);
  }

  subscriptions(): string[] {
    return this.ups.flatMap((up) => (up.type === "subscribe" ? [up.topic] : []));
  }

  /** Says hello, and answers every subscription so far. */
  welcome(epoch = "e1", seq = 1): void {
    this.readyState = 1;
    this.say(hello(epoch));
    this.answer(epoch, seq);
  }

  answer(epoch = "e1", seq = 1): void {
    for (const up of this.ups.splice(0)) {
      if (up.type !== "subscribe") continue;
      this.say({ type: "ack", id: up.id, topic: up.topic, seq });
      this.say(snapshot(up.topic, seq, epoch));
    }
  }
}

function hello(epoch: string): Down {
  const heartbeat = { pingEveryMs: 5_000, pongWithinMs: 3_000, staleAfterMs: 6_000 };
  const user = { name: "anna", role: "operator" };
  return { type: "hello", epoch, session: "s", ts: 100, user, heartbeat, protocol: 1 };
}

function snapshot(topic: string, seq: number, epoch = "e1"): Snapshot {
  return { type: "snapshot", topic, epoch, seq, ts: 101, data: { machines: {}, kpis: {} }, revs: {}, tx: [] };
}

function delta(topic: string, seq: number): Delta {
  return { type: "delta", topic, seq, ts: 102 };
}

function world({ isKiosk = false } = {}) {
  const sockets: FakeSocket[] = [];
  const delivered: Delivery[] = [];
  const page = { isHidden: false, onVisibility: () => {}, onOnline: () => {} };
  let greetings = 0;
  const live = new LiveSocket({
    deliver: (event) => delivered.push(event),
    onAgain: () => greetings++,
    isKiosk,
    jitter: () => 0.5,
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    page: {
      isHidden: () => page.isHidden,
      listen(onVisibility, onOnline) {
        Object.assign(page, { onVisibility, onOnline });
        return () => Object.assign(page, { onVisibility: () => {}, onOnline: () => {} });
      },
    },
  });
  const socket = (): FakeSocket => {
    const last = sockets.at(-1);
    if (!last) throw new Error("no socket was opened");
    return last;
  };
  const see = (isHidden: boolean) => {
    page.isHidden = isHidden;
    page.onVisibility();
  };
  const states: string[] = [];
  live.subscribe(() => states.push(live.connection().state));
  return { live, sockets, delivered, page, socket, see, states, again: () => greetings };
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the socket of a page", () => {
  it("subscribes to a topic once, however many components want it, and keeps it for a while after the last one leaves", () => {
    const { live, socket, sockets, delivered } = world();
    const first = live.want(LINE);
    const second = live.want(LINE);
    socket().welcome();
    expect(sockets).toHaveLength(1);
    first();
    first();
    second();
    vi.advanceTimersByTime(4_000);
    const third = live.want(LINE);
    vi.advanceTimersByTime(0);
    expect(socket().ups).toEqual([]);
    third();
    vi.advanceTimersByTime(5_000);
    expect(socket().ups.map((up) => up.type)).toContain("unsubscribe");
    expect(delivered.at(-1)).toEqual({ type: "unsubscribed", topic: LINE });
  });

  it("always wants the plant's topic", () => {
    const { socket } = world();
    socket().readyState = 1;
    socket().say(hello("e1"));
    expect(socket().subscriptions()).toEqual([DASHBOARD]);
  });

  it("delivers in order, and a topic is fresh once its snapshot is there [LINK-1, SEQ-2]", () => {
    const { live, socket, delivered } = world();
    live.want(LINE);
    expect(live.freshness(LINE)).toEqual({ isStale: true, lastMs: null });
    socket().welcome();
    expect(live.connection().state).toBe("CONNECTED");
    expect(live.freshness(LINE).isStale).toBe(false);
    socket().say(delta(LINE, 2));
    socket().say(delta(LINE, 2));
    expect(delivered.map((event) => event.type)).toEqual(["hello", "snapshot", "snapshot", "delta"]);
    expect(live.connection().lastFrameTs).toBe(101);
  });

  it("reports the age of the last frame once a second, and otherwise keeps the same object", () => {
    const { live, socket, states } = world();
    live.want(LINE);
    socket().welcome();
    const before = live.connection();
    const count = states.length;
    for (let seq = 2; seq <= 4; seq += 1) socket().say(delta(LINE, seq));
    expect(live.connection()).toBe(before);
    expect(states).toHaveLength(count);
    vi.advanceTimersByTime(1_000);
    socket().say(delta(LINE, 5));
    expect(live.connection()).not.toBe(before);
    expect(live.connection().lastFrameMs).toBe(performance.now());
  });

  it("leaves nothing behind when it is closed", () => {
    const { live, socket, sockets } = world();
    socket().welcome();
    live.want(LINE)();
    live.close();
    expect(socket().isClosed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
  });
});

describe("a connection that fails", () => {
  it("is STALE after 6 s of silence, drops after 10 s more, and comes back [HB-2, LINK-2]", () => {
    const { live, socket, sockets, states } = world();
    live.want(LINE);
    socket().welcome();
    vi.advanceTimersByTime(6_000);
    expect(live.connection().state).toBe("STALE");
    expect(live.freshness(LINE).isStale).toBe(true);
    vi.advanceTimersByTime(10_000);
    expect(sockets[0]?.isClosed).toBe(true);
    expect(live.connection().state).toBe("DISCONNECTED");
    vi.advanceTimersByTime(250);
    expect(sockets).toHaveLength(2);
    socket().welcome("e1", 1);
    expect(live.connection().state).toBe("CONNECTED");
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual([
      "CONNECTING",
      "CONNECTED",
      "STALE",
      "DISCONNECTED",
      "CONNECTING",
      "CONNECTED",
    ]);
  });

  it("counts a ping as a sign of life and answers it [HB-1, HB-2]", () => {
    const { live, socket } = world();
    socket().welcome();
    for (let n = 1; n <= 10; n += 1) {
      vi.advanceTimersByTime(5_000);
      socket().say({ type: "ping", ts: n, pos: { [DASHBOARD]: 1 } });
      expect(live.connection().state).toBe("CONNECTED");
      expect(socket().ups.splice(0)).toEqual([{ type: "pong", ts: n }]);
    }
  });

  it("says when it tries again, and resumes where it was [LINK-2, SEQ-4]", () => {
    const { live, socket } = world();
    live.want(LINE);
    socket().welcome("e1", 7);
    socket().end(1012, '{"retryAfterMs":1500}');
    expect(live.connection()).toMatchObject({ state: "DISCONNECTED", retryAtMs: performance.now() + 1_500 });
    vi.advanceTimersByTime(1_500);
    socket().readyState = 1;
    socket().say(hello("e1"));
    const subscribe = socket().ups.find((up) => up.type === "subscribe" && up.topic === LINE);
    expect(subscribe).toMatchObject({ since: { epoch: "e1", seq: 7 } });
  });

  it("does not try again by itself when a person has to act [LINK-2]", () => {
    const { live, socket, sockets, page } = world();
    socket().end(4401);
    vi.advanceTimersByTime(3_600_000);
    page.onOnline();
    expect(sockets).toHaveLength(1);
    expect(live.connection().finalReason).toBe("Sign in to see the plant.");
    live.retry();
    expect(sockets).toHaveLength(2);
    expect(live.connection()).toMatchObject({ state: "CONNECTING", finalReason: null });
  });

  it("does not wait for the back-off when the network is back", () => {
    const { socket, sockets, page } = world();
    for (let n = 0; n < 4; n += 1) {
      socket().end();
      vi.advanceTimersByTime(30_000);
    }
    socket().end();
    const before = sockets.length;
    page.onOnline();
    expect(sockets).toHaveLength(before + 1);
  });

  it("leaves a server that it does not understand, and comes back [CODE-1]", () => {
    const { socket, sockets, live } = world();
    socket().welcome();
    socket().say("{nonsense");
    expect(sockets[0]?.closedWith).toBe(4400);
    expect(live.connection().state).toBe("DISCONNECTED");
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
  });

  it("leaves a server that does not read", () => {
    const { socket, sockets } = world();
    socket().welcome();
    socket().bufferedAmount = 2_000_000;
    socket().say({ type: "ping", ts: 1, pos: {} });
    expect(sockets[0]?.isClosed).toBe(true);
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
  });

  it("ignores the frames of a dropped socket", () => {
    const { socket, sockets, delivered } = world();
    socket().welcome();
    vi.advanceTimersByTime(16_000);
    const count = delivered.length;
    sockets[0]?.say(delta(DASHBOARD, 2));
    sockets[0]?.end();
    expect(delivered).toHaveLength(count);
  });
});

describe("a gap", () => {
  it("makes the page subscribe again, and the topic is not fresh until the gap is closed [SEQ-2, SEQ-3]", () => {
    const { live, socket, delivered } = world();
    live.want(LINE);
    socket().welcome("e1", 5);
    socket().say({ type: "ping", ts: 1, pos: { [LINE]: 7 } });
    expect(live.freshness(LINE).isStale).toBe(true);
    expect(live.link.gaps).toBe(1);
    const subscribe = socket().ups.find((up) => up.type === "subscribe");
    if (subscribe?.type !== "subscribe") throw new Error("expected a subscription");
    expect(subscribe.since).toEqual({ epoch: "e1", seq: 5 });
    socket().say({ type: "ack", id: subscribe.id, topic: LINE, seq: 7 });
    socket().say(delta(LINE, 6));
    expect(live.freshness(LINE).isStale).toBe(true);
    socket().say(delta(LINE, 7));
    expect(live.freshness(LINE).isStale).toBe(false);
    expect(delivered.filter((event) => event.type === "delta")).toHaveLength(2);
  });
});

describe("a changed plant", () => {
  it("is announced by a second hello: the page subscribes again and forgets removed machines [PLANT-1]", () => {
    const { live, sockets, socket, delivered, again } = world();
    live.want(LINE);
    socket().welcome("e1", 5);
    expect(again()).toBe(0);
    socket().say(hello("e1.1"));
    expect(again()).toBe(1);
    expect(sockets).toHaveLength(1);
    const subscribes = socket().ups.filter((up) => up.type === "subscribe");
    expect(subscribes.map((up) => up.topic).sort()).toEqual([DASHBOARD, LINE].sort());
    const gone = subscribes.find((up) => up.topic === LINE);
    socket().say({ type: "error", id: gone?.id ?? -1, code: "unknown_topic", message: "no such topic" });
    expect(delivered.at(-1)).toEqual({ type: "unsubscribed", topic: LINE });
  });
});

describe("a hidden page", () => {
  const sent = (socket: FakeSocket) => socket.ups.map((up) => up.type).filter((type) => type !== "pong");

  function beat(socket: FakeSocket, seconds: number): void {
    for (let n = 0; n < seconds; n += 5) {
      vi.advanceTimersByTime(5_000);
      socket.say({ type: "ping", ts: n, pos: { [DASHBOARD]: 1 } });
    }
  }

  it("pauses after 10 s and resumes when it is visible again; nothing is fresh until the snapshot [LINK-3]", () => {
    const { live, socket, see } = world();
    live.want(LINE);
    socket().welcome();
    see(true);
    beat(socket(), 10);
    expect(sent(socket())).toEqual(["pause"]);
    see(false);
    expect(sent(socket())).toEqual(["pause", "resume"]);
    expect(live.freshness(LINE).isStale).toBe(true);
    expect(live.freshness(DASHBOARD).isStale).toBe(false);
    socket().say(snapshot(LINE, 60));
    expect(live.freshness(LINE).isStale).toBe(false);
  });

  it("does not pause a wall display [LINK-4]", () => {
    const { live, socket, see } = world({ isKiosk: true });
    live.want(LINE);
    socket().welcome();
    see(true);
    beat(socket(), 60);
    expect(sent(socket())).toEqual([]);
  });

  it("finds the dead socket at once after the computer slept, and informs the store [LINK-3, LOCK-3]", () => {
    const { live, socket, see, sockets, delivered } = world();
    socket().welcome();
    see(true);
    vi.setSystemTime(Date.now() + 3_600_000); // the wall clock went on, the monotonic one stood still
    see(false);
    expect(delivered.at(-1)).toEqual({ type: "wake" });
    expect(sockets[0]?.isClosed).toBe(true);
    expect(live.connection()).toMatchObject({ state: "DISCONNECTED", retryAtMs: performance.now() + 250 });
  });

  it("says at once after a sleep that nothing is live, even if the page was visible, and comes back [HB-2, LOCK-3]", () => {
    const { live, socket, sockets, delivered } = world();
    live.want(LINE);
    socket().welcome();
    const receivedMs = performance.now();
    vi.setSystemTime(Date.now() + 600_000);
    live.serverTime(); // the clocks of the page look first
    vi.advanceTimersByTime(1_000);
    expect(delivered.filter(({ type }) => type === "wake")).toHaveLength(1);
    expect(live.connection().state).toBe("DISCONNECTED");
    expect(live.connection().lastFrameMs).toBe(receivedMs - 600_000);
    expect(live.freshness(LINE)).toEqual({ isStale: true, lastMs: receivedMs - 600_000 });
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
    socket().welcome();
    expect(live.connection().state).toBe("CONNECTED");
    expect(live.freshness(LINE).isStale).toBe(false);
  });

  it("does not count a frame from before a sleep as a sign of life [HB-2, LOCK-3]", () => {
    const { live, socket, delivered } = world();
    socket().welcome();
    const receivedMs = performance.now();
    vi.setSystemTime(Date.now() + 600_000);
    socket().say(delta(DASHBOARD, 2));
    expect(delivered.at(-1)).toEqual({ type: "wake" });
    expect(live.connection()).toMatchObject({ state: "DISCONNECTED", lastFrameMs: receivedMs - 600_000 });
    expect(live.freshness(DASHBOARD).isStale).toBe(true);
  });
});
