import type { Connection, Freshness } from "./live.ts";
import type { Delta, Hello, Snapshot } from "./protocol/index.ts";

type ConnectionNow = Omit<Connection, "doubtfulMachines">;
export interface Socket {
  want(topic: string): () => void;
  connection(): ConnectionNow;
  freshness(topic: string): Freshness;
  subscribe(listener: () => void): () => void;
  close(): void;
}

export function openSocket({
  deliver,
}: {
  isKiosk: boolean;
  deliver: (event: Hello | Snapshot | Delta | { type: "unsubscribed"; topic: string }) => void;
}): Socket {
  const wanted = new Map<string, number>();
  const listeners = new Set<() => void>();
  let now: ConnectionNow = {
    state: "CONNECTING",
    lastFrameMs: null,
    lastFrameTs: null,
    retryAtMs: null,
    finalReason: null,
  };
  let ws: WebSocket | null = null;
  let closed = false;
  let id = 1;
  const fresh = { isStale: false, lastMs: null as number | null };
  let stale: Freshness = { isStale: true, lastMs: null };
  const change = (c: Partial<ConnectionNow>) => {
    now = { ...now, ...c };
    stale = { isStale: true, lastMs: now.lastFrameMs };
    for (const l of listeners) l();
  };
  const params = new URLSearchParams(location.search);
  const q = new URLSearchParams();
  for (const n of ["user", "role"]) if (params.get(n)) q.set(n, params.get(n) ?? "");
  const connect = () => {
    change({ state: "CONNECTING" });
    ws = new WebSocket(`${location.origin.replace("http", "ws")}/live?${q}`, "setpoint.v1");
    ws.onmessage = (e) => {
      const f = JSON.parse(e.data as string);
      now = { ...now, lastFrameMs: performance.now(), lastFrameTs: f.ts ?? now.lastFrameTs };
      if (f.type === "hello") {
        deliver(f);
        for (const t of wanted.keys()) ws?.send(JSON.stringify({ type: "subscribe", id: id++, topic: t }));
      } else if (f.type === "ping") ws?.send(JSON.stringify({ type: "pong", ts: f.ts }));
      else if (f.type === "ack") change({ state: "CONNECTED" });
      else if (f.type === "snapshot") deliver({ revs: {}, tx: [], ...f });
      else if (f.type === "delta") deliver(f);
      for (const l of listeners) l();
    };
    ws.onclose = () => {
      if (closed) return;
      change({ state: "DISCONNECTED", retryAtMs: performance.now() + 2000 });
      setTimeout(connect, 2000);
    };
  };
  connect();
  const want = (topic: string) => {
    wanted.set(topic, (wanted.get(topic) ?? 0) + 1);
    if (wanted.get(topic) === 1 && ws?.readyState === 1)
      ws.send(JSON.stringify({ type: "subscribe", id: id++, topic }));
    return () => {
      const n = (wanted.get(topic) ?? 1) - 1;
      if (n > 0) wanted.set(topic, n);
      else {
        wanted.delete(topic);
        if (ws?.readyState === 1) ws.send(JSON.stringify({ type: "unsubscribe", id: id++, topic }));
        deliver({ type: "unsubscribed", topic });
      }
    };
  };
  want("dashboard:global");
  return {
    want,
    connection: () => now,
    freshness: () => (now.state === "CONNECTED" ? fresh : stale),
    subscribe: (l) => {
      listeners.add(l);
      return () => listeners.delete(l);
    },
    close: () => {
      closed = true;
      ws?.close();
    },
  };
}
