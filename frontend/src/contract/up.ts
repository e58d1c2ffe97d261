/** The client's frames: one union, `Up`, tagged by `type`. Twin of `src/setpoint/contract/live/up.py`. */
import { z } from "../zod.ts";
import { Position } from "./down.ts";

const FrameId = z.int().nonnegative();
const TopicName = z.string().min(1).max(64);

/** First frame of a program that has a token instead of a cookie. */
export const Auth = z.object({ type: z.literal("auth"), token: z.string().max(512) }).readonly();
export type Auth = z.infer<typeof Auth>;

/** `since`: the position the client has, so that only the missed deltas need to come (SEQ-4). */
export const Subscribe = z
  .object({ type: z.literal("subscribe"), id: FrameId, topic: TopicName, since: Position.nullish() })
  .readonly();
export type Subscribe = z.infer<typeof Subscribe>;

export const Unsubscribe = z
  .object({ type: z.literal("unsubscribe"), id: FrameId, topic: TopicName })
  .readonly();
export type Unsubscribe = z.infer<typeof Unsubscribe>;

/** `ts` is the ping's. */
export const Pong = z.object({ type: z.literal("pong"), ts: z.number() }).readonly();
export type Pong = z.infer<typeof Pong>;

/** The tab is hidden: only the heartbeat and the plant's topic continue (LINK-3). */
export const Pause = z.object({ type: z.literal("pause") }).readonly();
export type Pause = z.infer<typeof Pause>;

/** Visible again: one snapshot for each topic that was paused. */
export const Resume = z.object({ type: z.literal("resume") }).readonly();
export type Resume = z.infer<typeof Resume>;

/** A frame that a client sends. */
export type Up = Auth | Subscribe | Unsubscribe | Pong | Pause | Resume;
