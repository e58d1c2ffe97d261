import { expect, it } from "vitest";
import { vectors } from "../conformance/vectors.ts";
import {
  decodeDown,
  decodeUp,
  encode,
  entityKey,
  isFinalClose,
  machineId,
  ProtocolError,
  readMachineId,
  restartReason,
  retryAfterMs,
  topicKind,
} from "./index.ts";

type Operation =
  | { op: "decodeDown" | "decodeUp"; text: string }
  | { op: "entityKey" | "machineId" | "topicKind"; name: string }
  | { op: "readMachineId"; cell: string | number | boolean }
  | { op: "restartReason"; ms: number }
  | { op: "retryAfterMs"; reason: string }
  | { op: "isFinalClose"; code: number };

function perform(event: Operation): unknown {
  switch (event.op) {
    case "decodeDown":
      return JSON.parse(encode(decodeDown(event.text)));
    case "decodeUp":
      return JSON.parse(encode(decodeUp(event.text)));
    case "entityKey":
      return entityKey(event.name);
    case "machineId":
      return machineId(event.name);
    case "topicKind":
      return topicKind(event.name);
    case "readMachineId":
      return readMachineId(event.cell);
    case "restartReason":
      return restartReason(event.ms);
    case "retryAfterMs":
      return retryAfterMs(event.reason);
    case "isFinalClose":
      return isFinalClose(event.code);
  }
}

function plain(error: unknown): unknown {
  if (error instanceof TypeError) return { code: "misuse" };
  if (!(error instanceof ProtocolError)) throw error;
  const { code, closeCode, frameId } = error;
  return { code, ...(closeCode !== null && { closeCode }), ...(frameId !== null && { frameId }) };
}

function outcome(event: Operation): { state: unknown } | { error: unknown } {
  try {
    return { state: perform(event) };
  } catch (error) {
    return { error: plain(error) };
  }
}

it.each(vectors("protocol"))("$title", ({ vector }) => {
  for (const { event, ...expected } of vector.steps) {
    expect(outcome(event as Operation), JSON.stringify(event)).toEqual(expected);
  }
});
