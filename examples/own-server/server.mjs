/**
 * Somebody else's server that speaks the wire: three presses, in memory. It knows nothing of Setpoint but the contract
 * (`conformance/SPEC.md`): frames on `/live`, `GET /api/plant`, `POST /api/batches`, `GET /api/batches/{txId}`.
 *
 * A press needs half a second to take a target. `node server.mjs PORT` serves the page in `dist/` too.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { WebSocketServer } from "ws";

const TAKES_MS = 500;
const EPOCH = String(Date.now());
const PRESSES = ["m_1", "m_2", "m_3"];
const FIELD = {
  name: "force",
  type: "number",
  label: "Force",
  unit: "kN",
  minimum: 0,
  maximum: 900,
  isWritable: true,
};
const PLANT = {
  name: "Press shop",
  fields: [{ ...FIELD, column: "Force", isRequired: true }],
  lines: [{ id: "01", machines: PRESSES.map((key) => ({ key })) }],
};

const machines = Object.fromEntries(
  PRESSES.map((key) => [key, { status: "RUNNING", quality: "GOOD", force: 100 }]),
);
const revs = Object.fromEntries(PRESSES.map((key) => [key, { force: 1 }]));
const batches = new Map();
/** Every socket, with the position of each topic that it listens to. */
const sockets = new Map();
const now = () => Date.now() / 1000;
const say = (socket, frame) => socket.send(JSON.stringify(frame));

/** The machines of a topic: the line has all, a machine itself; the plant's topic has none that need attention. */
function keysOf(topic) {
  if (topic === "line:01") return PRESSES;
  return PRESSES.filter((key) => topic === key.replace("_", ":"));
}

const only = (records, keys) => Object.fromEntries(keys.map((key) => [key, records[key]]));

function hear(socket, frame) {
  const topics = sockets.get(socket);
  if (frame.type === "unsubscribe") topics.delete(frame.topic);
  if (frame.type !== "subscribe") return;
  const { id, topic } = frame;
  const keys = keysOf(topic);
  topics.set(topic, 0);
  say(socket, { type: "ack", id, topic, seq: 0 });
  const data = { machines: only(machines, keys), kpis: {} };
  say(socket, {
    type: "snapshot",
    topic,
    epoch: EPOCH,
    seq: 0,
    ts: now(),
    data,
    revs: only(revs, keys),
    tx: [],
  });
}

/** The press has taken the target: its value, its rev and the outcome go to everybody in one frame. */
function settle({ txId, machine, value }) {
  machines[machine] = { ...machines[machine], force: value };
  const outcome = { machine, field: "force", outcome: "applied", value, rev: revs[machine].force };
  const batch = batches.get(txId);
  batch.results = batch.results.map((each) => (each.machine === machine ? outcome : each));
  if (batch.results.every((each) => each.outcome === "applied")) batch.status = "done";
  for (const [socket, topics] of sockets)
    for (const [topic, seq] of topics) {
      if (!keysOf(topic).includes(machine)) continue;
      topics.set(topic, seq + 1);
      const news = { machines: { [machine]: { force: value } }, revs: { [machine]: revs[machine] } };
      say(socket, { type: "delta", topic, seq: seq + 1, ts: now(), ...news, tx: [{ txId, ...outcome }] });
    }
}

function commit({ txId, updates }) {
  const known = batches.get(txId);
  if (known) return known;
  const asked = Object.entries(updates).map(([machine, { force }]) => ({ txId, machine, value: force }));
  const results = asked.map(({ machine, value }) => {
    revs[machine] = { force: revs[machine].force + 1 };
    return { machine, field: "force", outcome: "accepted", value, rev: revs[machine].force };
  });
  batches.set(txId, { txId, status: "in-progress", results });
  for (const each of asked) setTimeout(() => settle(each), TAKES_MS);
  return batches.get(txId);
}

async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://x");
  const json = (body, status = 200) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  };
  if (pathname === "/api/plant") return json(PLANT);
  if (pathname === "/api/batches" && request.method === "POST") {
    let text = "";
    for await (const piece of request) text += piece;
    return json(commit(JSON.parse(text)));
  }
  const batch = batches.get(pathname.replace("/api/batches/", ""));
  if (batch) return json(batch);
  if (pathname.startsWith("/api/")) return json({ type: "not-found", title: "There is no such thing." }, 404);
  try {
    const page = pathname === "/";
    const body = page
      ? readFileSync("index.html")
      : readFileSync(join("dist", pathname.replaceAll("..", "")));
    response.writeHead(200, { "Content-Type": page ? "text/html" : "text/javascript" });
    response.end(body);
  } catch {
    json({ type: "not-found", title: "There is no such file." }, 404);
  }
}

const server = createServer(answer);
new WebSocketServer({ server, path: "/live" }).on("connection", (socket) => {
  sockets.set(socket, new Map());
  const heartbeat = { pingEveryMs: 5000, pongWithinMs: 3000, staleAfterMs: 6000 };
  const user = { name: "somebody", role: "operator" };
  say(socket, { type: "hello", protocol: 1, epoch: EPOCH, session: "1", ts: now(), user, heartbeat });
  socket.on("message", (text) => hear(socket, JSON.parse(String(text))));
  socket.on("close", () => sockets.delete(socket));
});
setInterval(() => {
  for (const [socket, topics] of sockets)
    say(socket, { type: "ping", ts: now(), pos: Object.fromEntries(topics) });
}, 5000);
server.listen(Number(process.argv[2] ?? 9000), "127.0.0.1");
