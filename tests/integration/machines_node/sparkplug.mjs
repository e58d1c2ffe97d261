// A Sparkplug B edge node on the client of Cirrus Link that a test controls with JSON: one command or answer in each line.
import { createInterface } from "node:readline";
import sparkplug from "sparkplug-client";

const options = JSON.parse(process.argv[2]);
const metrics = options.metrics ?? {
  Speed: ["Double", 0], Temp: ["Float", 20.5], Parts: ["Int64", 7], Target: ["Int16", 0], Feed: ["Int32", 0],
  Mode: ["Int32", 1], Recipe: ["String", "A"], State: ["Int32", 6], Reason: ["String", ""], Alarms: ["Int32", 0],
  Door: ["Boolean", false],
};
const TYPES = Object.fromEntries(Object.entries(metrics).map(([name, [type]]) => [name, type]));
const BEGIN = Object.fromEntries(Object.entries(metrics).map(([name, [, value]]) => [name, value]));
const COUNTS = Object.keys(metrics)[0];
const devices = Object.fromEntries(options.devices.map((name) => [name, { ...BEGIN }]));
const alive = new Set(options.devices);
let rules = {};
let commands = [];

const client = sparkplug.newClient({
  serverUrl: `mqtt://127.0.0.1:${options.port}`,
  username: "peer", password: "peer",
  groupId: options.group, edgeNode: options.node, clientId: `peer-${options.node}-${process.pid}`,
  keepalive: options.keepalive ?? 5, publishDeath: true,
  mqttOptions: { reconnectPeriod: 200, connectTimeout: 3000 },
});

const metric = (name, value) => ({ name, value, type: TYPES[name], timestamp: Date.now() + (rules.clock_ms ?? 0) });
const payload = (values) => ({
  timestamp: Date.now() + (rules.clock_ms ?? 0),
  metrics: Object.entries(values).map(([name, value]) => metric(name, value)),
});

function birth() {
  client.publishNodeBirth({
    timestamp: Date.now(),
    metrics: [{ name: "Node Control/Rebirth", type: "Boolean", value: false }],
  });
  for (const name of alive) client.publishDeviceBirth(name, payload(devices[name]), rules.compress ? { compress: true } : {});
}

function set(name, values) {
  Object.assign(devices[name], values);
  client.publishDeviceData(name, payload(values), rules.compress ? { compress: true } : {});
}

client.on("birth", birth);
client.on("ncmd", (command) => {
  if (command.metrics?.some((each) => each.name === "Node Control/Rebirth" && each.value) && !rules.no_rebirth) {
    rules.births = (rules.births ?? 0) + 1;
    birth();
  }
});
client.on("dcmd", (name, command) => {
  for (const each of command.metrics) {
    commands.push([name, each.name, Number(each.value) || each.value]);
    if (rules.ignore) continue;
    let value = typeof each.value === "object" ? Number(each.value) : each.value;
    if (rules.clamp !== undefined) value = Math.min(value, rules.clamp);
    set(name, { [options.follows?.[each.name] ?? each.name]: value });
    if (rules.resets !== undefined) setTimeout(() => set(name, { [each.name]: rules.resets }), 300);
  }
});
setInterval(() => {
  if (!client.connected) return;
  for (const name of alive) set(name, { [COUNTS]: (devices[name][COUNTS] + 1) % 100 });
}, 200);

const answers = {
  set: ({ device, values }) => set(device, values),
  rules: ({ rules: newRules }) => { rules = { births: rules.births, ...newRules }; },
  reset: () => {
    rules = {}; commands = [];
    for (const name of options.devices) { alive.add(name); Object.assign(devices[name], BEGIN); }
    birth();
  },
  log: () => ({ commands, births: rules.births ?? 0 }),
  lose: () => { client.incrementSeqNum(); },
  death: ({ device }) => { alive.delete(device); client.publishDeviceDeath(device, { timestamp: Date.now(), metrics: [] }); },
  birth: ({ device }) => { alive.add(device); birth(); },
  send: ({ verb, device, text }) => {
    const topic = `spBv1.0/${options.group}/${verb}/${options.node}${device ? "/" + device : ""}`;
    client.client.publish(topic, Buffer.from(text, "base64"));
  },
  stop: () => { client.stop(); },
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { do: what, ...parameters } = JSON.parse(line);
  console.log(JSON.stringify(answers[what](parameters) ?? {}));
}).on("close", () => process.exit(0));
client.on("connect", () => console.log(JSON.stringify({ ready: true })));
