/**
 * Node's `ws` in the fan-out bench: the same deltas, lines and answers as `benches/fanout_servers.py`. One text for all is
 * made once, and handed to each socket's own `send`, as its documentation shows a broadcast.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(new URL("../../frontend/package.json", import.meta.url))("ws");
const PAGE_KB = 4;
const KEYS = Array.from({ length: 100 }, (_, at) => `m_${101 + at}`);
const numbers = new Map();
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: true });

const answer = (figures) => console.log(JSON.stringify(figures));
const rssKb = () => Number(readFileSync("/proc/self/statm", "utf8").split(" ")[1]) * PAGE_KB;
const cpuNs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
};

function delta(topic, machines, kpis) {
  const seq = (numbers.get(topic) ?? 0) + 1;
  numbers.set(topic, seq);
  // A fraction, always: the listeners read the time up to its comma.
  const ts = (Date.now() / 1000).toFixed(3);
  const more = kpis ? `,"kpis":${JSON.stringify(kpis)}` : "";
  return `{"type":"delta","topic":"${topic}","seq":${seq},"ts":${ts},"machines":${JSON.stringify(machines)}${more}}`;
}

function values(turn) {
  const fields = { speed: 100.5 + (turn % 7) };
  for (let at = 0; at < 12; at++) fields[`signal${at}`] = 40.5 + (turn % 11);
  return fields;
}

function due(word, turn) {
  const messages = [delta("m:101", { m_101: values(turn) })];
  const all = () => Object.fromEntries(KEYS.map((key) => [key, { speed: turn % 50, temp: turn % 9 }]));
  if (word === "page" && turn % 4 === 0) messages.push(delta("line:01", all()));
  if (word === "page" && turn % 20 === 0)
    messages.push(delta("dashboard:global", {}, { "line:01": { meanSpeed: turn % 50, parts: turn } }));
  return messages;
}

async function go(word, rate, seconds) {
  const began = cpuNs();
  let next = performance.now();
  let frames = 0;
  for (let turn = 0; turn < Math.round(rate * seconds); turn++) {
    for (const text of due(word, turn))
      for (const socket of sockets.clients) {
        socket.send(text);
        frames++;
      }
    next += 1000 / rate;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
  }
  answer({ cpu_ns: cpuNs() - began, frames });
}

server.listen(0, "127.0.0.1", 4096, () => answer({ port: server.address().port }));
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const [word, rate, seconds] = line.split(" ");
  if (word === "rss") answer({ rss_kb: rssKb() });
  else void go(word, Number(rate), Number(seconds));
});
lines.on("close", () => process.exit(0));
