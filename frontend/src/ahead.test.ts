import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openAhead } from "./ahead.ts";
import type { SocketLike } from "./session/connection.ts";

let opened: SocketLike[];
const open = () => {
  const socket: SocketLike = {
    readyState: 1,
    bufferedAmount: 0,
    onmessage: null,
    onclose: null,
    send: () => {},
    close: vi.fn(),
  };
  opened.push(socket);
  return socket;
};
const say = (socket: SocketLike | undefined, data: string) =>
  socket?.onmessage?.call(socket as WebSocket, { data } as MessageEvent);

beforeEach(() => {
  opened = [];
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("what a socket said before it was taken over is heard first, once and in order", async () => {
  const take = openAhead(open);
  say(opened[0], "hello");
  say(opened[0], "ping");
  const socket = take();
  const heard: unknown[] = [];
  socket.onmessage = ({ data }) => heard.push(data);
  await Promise.resolve();
  say(socket, "snapshot");
  expect(heard).toEqual(["hello", "ping", "snapshot"]);
  expect(opened).toHaveLength(1);
});

test("a socket is taken over once", () => {
  const take = openAhead(open);
  expect([take(), take(), take()]).toEqual(opened);
  expect(new Set(opened).size).toBe(3);
});

test("a socket that has closed meanwhile, or waited for long, is not taken over", () => {
  const closed = openAhead(open);
  Reflect.set(opened[0] as object, "readyState", 3);
  expect(closed()).toBe(opened[1]);
  const old = openAhead(open);
  vi.advanceTimersByTime(2_001);
  expect(old()).toBe(opened[3]);
  expect(opened[2]?.close).toHaveBeenCalled();
});
