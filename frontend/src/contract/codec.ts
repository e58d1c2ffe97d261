/**
 * Encodes and decodes frames. They are parsed once, at the edge; everything behind it is typed.
 * Twin of `src/setpoint/contract/live/codec.py`.
 *
 * Deltas are the hot path, and a snapshot of 10,000 machines must not block the page. So a plain walk accepts what the
 * schema would accept, at a fifth of its cost. zod is used only for outcomes, which are rare, to explain what the walk
 * refused, and to fill in missing keys. `codec.test.ts` checks that the walk and the schema agree.
 */
import { z } from "../zod.ts";
import { CloseCode, MAX_FRAME_BYTES } from "./codes.ts";
import {
  Ack,
  Delta,
  type Down,
  ErrorFrame,
  Hello,
  Open,
  Ping,
  type Records,
  type Revs,
  Snapshot,
  TxOutcome,
} from "./down.ts";
import { overviewOf } from "./overview.ts";
import { Auth, Pause, Pong, Resume, Subscribe, Unsubscribe, type Up } from "./up.ts";

/** A frame outside the contract. `closeCode` tells how the connection ends (CODE-1); null keeps it open. */
export class ProtocolError extends Error {
  readonly code: string;
  readonly closeCode: number | null;
  readonly frameId: number | null;

  constructor(message: string, code: string, options: { closeCode?: number; frameId?: number | null } = {}) {
    super(message);
    this.name = "ProtocolError";
    this.code = code;
    this.closeCode = options.closeCode ?? null;
    this.frameId = options.frameId ?? null;
  }
}

const DOWN = { hello: Hello, ack: Ack, snapshot: Snapshot, delta: Delta, ping: Ping, error: ErrorFrame };
const UP = {
  auth: Auth,
  subscribe: Subscribe,
  unsubscribe: Unsubscribe,
  pong: Pong,
  pause: Pause,
  resume: Resume,
};
const Outcomes = z.array(TxOutcome);

/** One frame as JSON without white space. */
export function encode(frame: Down | Up): string {
  return JSON.stringify(frame);
}

/** A server's frame. Throws `ProtocolError` (4400) for anything else. */
export function decodeDown(text: string): Down {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch (error) {
    throw badFrame(String(error));
  }
  if (!isObject(frame)) throw badFrame("got no object");
  const walked =
    frame.type === "delta" ? walkDelta(frame) : frame.type === "snapshot" ? walkSnapshot(frame) : null;
  if (walked) return walked;
  const schema = Object.hasOwn(DOWN, String(frame.type)) ? DOWN[frame.type as keyof typeof DOWN] : null;
  if (!schema) throw badFrame(`got the type ${JSON.stringify(frame.type)}`);
  const parsed = schema.safeParse(frame);
  if (!parsed.success) throw badFrame(z.prettifyError(parsed.error));
  return parsed.data;
}

/**
 * A client's frame. Throws `ProtocolError`: anything but a JSON object ends the connection (4400); a frame that is
 * merely wrong is answered with an `error`, and the connection stays open.
 */
export function decodeUp(text: string): Up {
  if (text.length > MAX_FRAME_BYTES) {
    throw new ProtocolError(
      `expected a frame of at most ${MAX_FRAME_BYTES} bytes, but got ${text.length}`,
      "frame_too_big",
      { closeCode: CloseCode.TOO_BIG },
    );
  }
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(`expected JSON: ${error}`, "not_json", {
      closeCode: CloseCode.PROTOCOL_ERROR,
    });
  }
  if (!isObject(frame)) {
    throw new ProtocolError("expected one JSON object in each frame", "not_an_object", {
      closeCode: CloseCode.PROTOCOL_ERROR,
    });
  }
  const frameId = typeof frame.id === "number" && Number.isInteger(frame.id) ? frame.id : null;
  if (typeof frame.type !== "string" || !Object.hasOwn(UP, frame.type)) {
    throw new ProtocolError(
      `expected a type of ${Object.keys(UP).join(", ")}, but got ${JSON.stringify(frame.type)}`,
      "unknown_type",
      { frameId },
    );
  }
  const parsed = UP[frame.type as keyof typeof UP].safeParse(frame);
  if (!parsed.success) {
    throw new ProtocolError(
      `a ${frame.type} frame is malformed: ${z.prettifyError(parsed.error)}`,
      "malformed",
      {
        frameId,
      },
    );
  }
  return parsed.data;
}

type Loose = { readonly [key: string]: unknown };

function isObject(value: unknown): value is Loose {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function badFrame(why: string): ProtocolError {
  return new ProtocolError(`expected a frame of ${Object.keys(DOWN).join(", ")}: ${why}`, "bad_frame", {
    closeCode: CloseCode.PROTOCOL_ERROR,
  });
}

/** The delta, or null if the schema has to say what is wrong with it. */
function walkDelta(frame: Loose): Delta | null {
  const { topic, seq, ts, machines, kpis, removed, revs, tx, overview, open } = frame;
  if (typeof topic !== "string" || !Number.isSafeInteger(seq) || typeof ts !== "number") return null;
  if (!Number.isFinite(ts)) return null;
  if (machines !== undefined && !areRecords(machines)) return null;
  if (kpis !== undefined && !areRecords(kpis)) return null;
  if (removed !== undefined && !(Array.isArray(removed) && removed.every((key) => typeof key === "string"))) {
    return null;
  }
  const delta: { -readonly [key in keyof Delta]: Delta[key] } = {
    type: "delta",
    topic,
    seq: seq as number,
    ts,
  };
  if (machines !== undefined) delta.machines = machines;
  if (kpis !== undefined) delta.kpis = kpis;
  if (removed !== undefined) delta.removed = removed;
  if (revs !== undefined) {
    if (!areRevs(revs)) return null;
    delta.revs = revs;
  }
  if (tx !== undefined) {
    const parsed = Outcomes.safeParse(tx);
    if (!parsed.success) return null;
    delta.tx = parsed.data;
  }
  if (overview !== undefined) {
    const columns = overviewOf(overview);
    if (!columns) return null;
    delta.overview = columns;
  }
  if (open !== undefined) {
    const parsed = Open.safeParse(open);
    if (!parsed.success) return null;
    delta.open = parsed.data;
  }
  return delta;
}

/** The snapshot, or null if the schema has to say what is wrong with it or to fill in what it leaves out. */
function walkSnapshot({ topic, epoch, seq, ts, data, revs, tx, open }: Loose): Snapshot | null {
  if (typeof topic !== "string" || typeof epoch !== "string" || !Number.isSafeInteger(seq)) return null;
  if (typeof ts !== "number" || !Number.isFinite(ts) || !isObject(data)) return null;
  const { machines, kpis } = data;
  const overview = data.overview === undefined ? undefined : overviewOf(data.overview);
  if (overview === null) return null;
  if (!areRecords(machines) || !areRecords(kpis) || !areRevs(revs)) return null;
  const outcomes = Outcomes.safeParse(tx);
  if (!outcomes.success) return null;
  const opened = open === undefined ? null : Open.safeParse(open);
  if (opened?.success === false) return null;
  return {
    type: "snapshot",
    topic,
    epoch,
    seq: seq as number,
    ts,
    data: { machines, kpis, ...(overview && { overview }) },
    revs,
    tx: outcomes.data,
    ...(opened && { open: opened.data }),
  };
}

/** Whether these are revs by machine, then field. */
function areRevs(revs: unknown): revs is Revs {
  if (!isObject(revs)) return false;
  for (const machine in revs) {
    const fields = revs[machine];
    if (!isObject(fields) || machine === "__proto__") return false;
    for (const field in fields)
      if (field === "__proto__" || !Number.isSafeInteger(fields[field])) return false;
  }
  return true;
}

/** Whether these are records of plain values. A key `__proto__` is left to the schema, which drops it. */
function areRecords(records: unknown): records is Records {
  if (!isObject(records)) return false;
  for (const key in records) {
    const record = records[key];
    if (!isObject(record) || key === "__proto__") return false;
    for (const field in record) {
      if (field === "__proto__") return false;
      const value = record[field];
      if (typeof value === "number" ? !Number.isFinite(value) : typeof value === "object" && value !== null) {
        return false;
      }
    }
  }
  return true;
}
