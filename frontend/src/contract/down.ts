/**
 * The server's frames: one union, `Down`, tagged by `type`. Twin of `src/setpoint/contract/live/down.py`; the top of
 * that package describes the conversation.
 *
 * `ts` is Unix time in seconds, with a fraction (ID-3). `machines` and `kpis` have the same shape: a map of records,
 * each a map of fields. The key in `machines` is an entity key (`m_402`). The key in `kpis` is the topic that the KPIs
 * describe. So both merge by the same rule (SEQ-7). Schemas first, types inferred.
 */
import { z } from "../zod.ts";
import { MessageSchema } from "./message.ts";
import { Overview } from "./overview.ts";

/** What a field holds. `null` is a value: "no reading" (SEQ-7). */
export const Value = z.union([z.number(), z.string(), z.boolean(), z.null()]);
export type Value = z.infer<typeof Value>;

/** Some or all fields of one machine, or of one set of KPIs. Never changed in place. */
export const Record = z.record(z.string(), Value).readonly();
export type Record = z.infer<typeof Record>;

export const Records = z.record(z.string(), Record).readonly();
export type Records = z.infer<typeof Records>;

/** Revs by machine, then field. */
export const Revs = z.record(z.string(), z.record(z.string(), z.int()).readonly()).readonly();
export type Revs = z.infer<typeof Revs>;

/** A topic's position: the server's epoch and the number of its last delta (SEQ-1, SEQ-5). */
export const Position = z.object({ epoch: z.string(), seq: z.int() }).readonly();
export type Position = z.infer<typeof Position>;

/** Who changed something. `name` is the person's, or the status that asserted itself (CONF-2). */
export const By = z
  .object({ kind: z.enum(["operator", "device", "safety"]), name: z.string().optional() })
  .readonly();
export type By = z.infer<typeof By>;

/** The outcome of one item of a batch (CMD-3). */
export const Outcome = z.enum([
  "pending",
  "accepted",
  "applied",
  "diverged",
  "blocked",
  "conflict",
  "rejected",
  "failed",
  "cancelled",
  "superseded",
  "unknown",
]);
export type Outcome = z.infer<typeof Outcome>;

/** Final outcomes go out on the stream, once; only `unknown` may change, once. */
export function isFinal(outcome: Outcome): outcome is Exclude<Outcome, "pending" | "accepted"> {
  return outcome !== "pending" && outcome !== "accepted";
}

/**
 * The outcome of one target. `rev` is the field's counter after the outcome, `value` what the machine reports, `said`
 * the code and arguments of `message`, if it has some (SAY-1).
 */
export const TxOutcome = z
  .object({
    txId: z.string(),
    machine: z.string(),
    field: z.string(),
    outcome: Outcome,
    rev: z.int().nullish(),
    by: By.nullish(),
    value: Value.optional(),
    message: z.string().nullish(),
    said: MessageSchema.nullish(),
  })
  .readonly();
export type TxOutcome = z.infer<typeof TxOutcome>;

/** A target that is under way: `by` asked for `value`, and it was recorded at `ts` (OPEN-1). */
export const OpenTarget = z.object({ txId: z.string(), value: Value, by: By, ts: z.number() }).readonly();
export type OpenTarget = z.infer<typeof OpenTarget>;

/** By machine and field; null if no target is under way any more (OPEN-2). */
export const Open = z.record(z.string(), z.record(z.string(), OpenTarget.nullable()).readonly()).readonly();
export type Open = z.infer<typeof Open>;

export const Heartbeat = z
  .object({
    pingEveryMs: z.int().default(5_000),
    pongWithinMs: z.int().default(3_000),
    staleAfterMs: z.int().default(6_000),
  })
  .readonly();
export type Heartbeat = z.infer<typeof Heartbeat>;

export const User = z.object({ name: z.string(), role: z.string() }).readonly();
/** Who is signed in, and their highest role. */
export type User = z.infer<typeof User>;

export const Hello = z
  .object({
    type: z.literal("hello"),
    epoch: z.string(),
    session: z.string(),
    ts: z.number(),
    user: User,
    heartbeat: Heartbeat.default({ pingEveryMs: 5_000, pongWithinMs: 3_000, staleAfterMs: 6_000 }),
    protocol: z.int().default(1),
  })
  .readonly();
export type Hello = z.infer<typeof Hello>;

/**
 * Subscription accepted; a snapshot or the missed deltas follow. `seq`: the topic's head at that instant, so that a
 * client that missed nothing knows at once that it is caught up. If it is missing, the next `ping` has it.
 */
export const Ack = z
  .object({ type: z.literal("ack"), id: z.int(), topic: z.string(), seq: z.int().nullish() })
  .readonly();
export type Ack = z.infer<typeof Ack>;

/**
 * A complete topic: replaces everything that the client has of it; absent keys are removed (SEQ-7). The specification's
 * own snapshot, which names neither epoch nor time, is a valid frame.
 */
export const Snapshot = z
  .object({
    type: z.literal("snapshot"),
    topic: z.string(),
    epoch: z.string().default(""),
    seq: z.int(),
    ts: z.number().default(0),
    data: z
      .object({
        machines: Records.default({}),
        kpis: Records.default({}),
        overview: Overview.optional(),
      })
      .readonly(),
    revs: Revs.default({}),
    tx: z.array(TxOutcome).readonly().default([]),
    open: Open.optional(),
  })
  .readonly();
export type Snapshot = z.infer<typeof Snapshot>;

/** What changed in a topic since `seq - 1`; absent is unchanged, `null` is a value (SEQ-7). */
export const Delta = z
  .object({
    type: z.literal("delta"),
    topic: z.string(),
    seq: z.int(),
    ts: z.number(),
    machines: Records.optional(),
    kpis: Records.optional(),
    removed: z.array(z.string()).readonly().optional(),
    revs: Revs.optional(),
    tx: z.array(TxOutcome).readonly().optional(),
    overview: Overview.optional(),
    open: Open.optional(),
  })
  .readonly();
export type Delta = z.infer<typeof Delta>;

/** `pos`: heads of this session's topics, paused ones left out. */
export const Ping = z
  .object({
    type: z.literal("ping"),
    ts: z.number(),
    pos: z.record(z.string(), z.int()).readonly().default({}),
  })
  .readonly();
export type Ping = z.infer<typeof Ping>;

/** A client's frame was refused; `id` is that frame's, if it had one. */
export const ErrorFrame = z
  .object({ type: z.literal("error"), code: z.string(), message: z.string(), id: z.int().nullish() })
  .readonly();
export type ErrorFrame = z.infer<typeof ErrorFrame>;

export const Down = z.union([Hello, Ack, Snapshot, Delta, Ping, ErrorFrame]);
/** A frame that the server sends. */
export type Down = z.infer<typeof Down>;
