/**
 * Laws of the link for every interleaving of lost, repeated and late frames, of lost sockets, restarts and sleep.
 * Twin of `tests/property/test_link_laws.py`: a slow obvious server, a network that does what it likes, and a store
 * that believes whatever is delivered and complains when it does not follow.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Delta, Down, Hello, Snapshot, Up } from "../contract/index.ts";
import { examples } from "../testing/examples.ts";
import { CAPS_MS, FIRST_CAP_MS } from "./backoff.ts";
import { type Event, newLink, step, waitMs } from "./index.ts";

const TOPIC = "line:01";
const HEARTBEAT = { pingEveryMs: 5_000, pongWithinMs: 3_000, staleAfterMs: 6_000 };

class World {
  nowMs = 0;
  link = newLink();
  generation = 1;
  seq = 0;
  historyFrom = 0;
  wire: { socket: number; frames: Down[]; isSubscribed: boolean; isPaused: boolean } | null = null;
  late: Event[] = [];
  wakeAtMs: number | null = null;
  have: { epoch: string; seq: number } | null = null;
  epoch = "";
  hellos = 0;
  refetches = 0;

  constructor() {
    this.happen({ type: "wantTopic", topic: TOPIC });
    this.happen({ type: "start" });
  }

  get serverEpoch(): string {
    return `e${this.generation}`;
  }

  happen(event: Event): void {
    const [link, effects] = step(this.link, event, this.nowMs);
    this.link = link;
    for (const effect of effects) {
      if (effect.type === "connect") {
        expect(this.wire, "a second socket beside a living one").toBeNull();
        this.wire = { socket: effect.socket, frames: [this.hello()], isSubscribed: false, isPaused: false };
      } else if (effect.type === "drop") this.forgetWire();
      else if (effect.type === "sendFrame") this.hear(effect.frame);
      else if (effect.type === "deliver") this.believe(effect.frame);
      else if (effect.type === "refetch") this.refetches += 1;
      else if (effect.type === "scheduleAt") this.wakeAtMs = effect.atMs;
    }
    if (this.link.connection.type === "DISCONNECTED") {
      expect([...this.link.topics.values()].every((topic) => topic.isStale)).toBe(true);
    }
    expect(this.refetches).toBe(Math.max(this.hellos - 1, 0));
  }

  believe(frame: Hello | Snapshot | Delta): void {
    if (frame.type === "hello") {
      this.epoch = frame.epoch;
      this.hellos += 1;
    } else if (frame.type === "snapshot") {
      expect(frame.epoch, "a snapshot of another epoch").toBe(this.epoch);
      this.have = { epoch: frame.epoch, seq: frame.seq };
    } else {
      expect(frame.machines?.m_401?.epoch, "epochs are mixed").toBe(this.epoch);
      expect({ epoch: this.epoch, seq: frame.seq - 1 }, "a delta that does not follow").toEqual(this.have);
      this.have = { epoch: this.epoch, seq: frame.seq };
    }
  }

  hello(): Hello {
    const user = { name: "anna", role: "operator" };
    return {
      type: "hello",
      epoch: this.serverEpoch,
      session: "s",
      ts: 0,
      user,
      heartbeat: HEARTBEAT,
      protocol: 1,
    };
  }

  delta(seq: number): Delta {
    return { type: "delta", topic: TOPIC, seq, ts: 0, machines: { m_401: { epoch: this.serverEpoch } } };
  }

  snapshot(): Snapshot {
    const data = { machines: {}, kpis: {} };
    return {
      type: "snapshot",
      topic: TOPIC,
      epoch: this.serverEpoch,
      seq: this.seq,
      ts: 0,
      data,
      revs: {},
      tx: [],
    };
  }

  hear(up: Up): void {
    if (!this.wire) throw new Error("a frame for no socket");
    if (up.type === "subscribe") {
      this.wire.isSubscribed = true;
      this.wire.frames.push({ type: "ack", id: up.id, topic: TOPIC, seq: this.seq });
      const since = up.since?.epoch === this.serverEpoch ? up.since.seq : -1;
      if (since < this.historyFrom || since > this.seq) this.wire.frames.push(this.snapshot());
      else for (let seq = since + 1; seq <= this.seq; seq += 1) this.wire.frames.push(this.delta(seq));
    } else if (up.type === "pause") {
      this.wire.isPaused = true;
    } else if (up.type === "resume") {
      this.wire.isPaused = false;
      this.wire.frames.push(this.snapshot());
    }
  }

  forgetWire(): void {
    const { wire } = this;
    if (!wire) return;
    this.late.push(...wire.frames.map((frame): Event => ({ type: "received", socket: wire.socket, frame })));
    this.wire = null;
  }

  handOver(): void {
    const frame = this.wire?.frames.shift();
    if (this.wire && frame) this.happen({ type: "received", socket: this.wire.socket, frame });
  }

  ping(): void {
    if (!this.wire) return;
    const isTold = this.wire.isSubscribed && !this.wire.isPaused;
    this.wire.frames.push({ type: "ping", ts: 0, pos: isTold ? { [TOPIC]: this.seq } : {} });
  }

  pass(ms: number, jitter: number): void {
    this.nowMs += ms;
    if (this.wakeAtMs !== null && this.nowMs >= this.wakeAtMs) this.happen({ type: "wake", jitter });
  }

  lose(jitter: number, reason: string): void {
    const socket = this.wire?.socket;
    this.forgetWire();
    if (socket !== undefined) this.happen({ type: "closed", socket, jitter, code: 1006, reason });
  }
}

const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
type Deed = (world: World) => void;

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map(
    (count): Deed =>
      (world) => {
        for (let n = 0; n < count; n += 1) {
          world.seq += 1;
          const { wire } = world;
          if (wire?.isSubscribed && !wire.isPaused) wire.frames.push(world.delta(world.seq));
        }
      },
  ),
  fc.constant<Deed>((world) => world.ping()),
  fc.integer({ min: 1, max: 6 }).map(
    (count): Deed =>
      (world) => {
        for (let n = 0; n < count; n += 1) world.handOver();
      },
  ),
  fc.constant<Deed>(({ wire }) => {
    const type = wire?.frames[0]?.type;
    if (type === "delta" || type === "snapshot") wire?.frames.shift();
  }),
  fc.constant<Deed>(({ wire }) => {
    const first = wire?.frames[0];
    if (first && first.type !== "hello") wire?.frames.unshift(first);
  }),
  fc.constant<Deed>((world) => {
    const event = world.late.pop();
    if (event) world.happen(event);
  }),
  fc.tuple(jitter, fc.constantFrom("", '{"retryAfterMs":700}')).map(
    ([thrown, reason]): Deed =>
      (world) =>
        world.lose(thrown, reason),
  ),
  jitter.map(
    (thrown): Deed =>
      (world) => {
        world.generation += 1;
        world.seq = Math.floor(world.seq / 2);
        world.historyFrom = 0;
        world.lose(thrown, "");
      },
  ),
  fc.constant<Deed>((world) => {
    world.historyFrom = world.seq;
  }),
  fc.constant<Deed>((world) => world.happen({ type: "pageHidden" })),
  jitter.map(
    (thrown): Deed =>
      (world) =>
        world.happen({ type: "pageShown", jitter: thrown }),
  ),
  fc.tuple(fc.constantFrom(1, 300, 1_000, 6_000, 30_000, 3_600_000), jitter).map(
    ([ms, thrown]): Deed =>
      (world) =>
        world.pass(ms, thrown),
  ),
);

describe("laws of the link [SEQ-2, SEQ-3, SEQ-4, SEQ-5, LINK-1, LINK-3]", () => {
  it("delivers only consecutive deltas, and after two calm minutes has the server's state", () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const world = new World();
        for (const each of deeds) each(world);
        world.happen({ type: "pageShown", jitter: 0.5 });
        for (let second = 0; second < 120; second += 1) {
          world.pass(1_000, 0.5);
          if (second % 5 === 0) world.ping();
          while (world.wire?.frames.length) world.handOver();
        }
        expect(world.link.connection.type).toBe("CONNECTED");
        expect(world.have).toEqual({ epoch: world.serverEpoch, seq: world.seq });
        expect(world.link.topics.get(TOPIC)?.isStale).toBe(false);
      }),
      examples(200),
    );
  });

  it("waits between half an attempt's cap and its cap [LINK-2]", () => {
    fc.assert(
      fc.property(fc.nat(50), jitter, (attempt, thrown) => {
        const cap = attempt === 0 ? FIRST_CAP_MS : (CAPS_MS[attempt - 1] ?? 30_000);
        expect(waitMs(attempt, thrown)).toBeGreaterThanOrEqual(attempt === 0 ? 0 : cap / 2);
        expect(waitMs(attempt, thrown)).toBeLessThan(cap);
      }),
    );
  });
});
