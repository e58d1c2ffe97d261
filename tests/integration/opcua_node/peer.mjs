// A controller on node-opcua that a test controls with lines of JSON on stdin. It is the twin of ../opcua_peer.py,
// which describes its commands and answers.

import { createInterface } from "node:readline";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { MessageSecurityMode, SecurityPolicy } from "node-opcua-secure-channel";
import { OPCUAServer } from "node-opcua-server";
import { StatusCodes } from "node-opcua-status-code";
import { DataType, Variant } from "node-opcua-variant";

const options = JSON.parse(process.argv[2]);
const shapes = options.nodes; // { Speed: { type: "Double", value: 0, writable: false, range: [0, 3000]? } }

const secured = options.security !== "None";
const certificates = new OPCUACertificateManager({
  rootFolder: options.pki,
  automaticallyAcceptUnknownCertificate: options.trustAll ?? true,
});
await certificates.initialize();
if (options.trust) await certificates.trustCertificate(Buffer.from(options.trust, "hex"));

const users = new OPCUACertificateManager({ rootFolder: `${options.pki}-users` });
await users.initialize();
if (options.userCertificate) await users.trustCertificate(Buffer.from(options.userCertificate, "hex"));

const server = new OPCUAServer({
  port: options.port,
  hostname: "127.0.0.1",
  host: "127.0.0.1",
  serverCertificateManager: certificates,
  userCertificateManager: users,
  disableDiscovery: false,
  securityPolicies: [...options.security.split(",").map((name) => SecurityPolicy[name]), ...(options.encryptsPasswords ? [SecurityPolicy.Basic256Sha256] : [])],
  securityModes: secured
    ? [MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt]
    : [MessageSecurityMode.None, ...(options.encryptsPasswords ? [MessageSecurityMode.SignAndEncrypt] : [])],
  allowAnonymous: !options.password && !options.userCertificate,
  userManager: { isValidUser: (name, password) => name === options.username && password === options.password },
  serverCapabilities: {
    maxSessions: 20,
    operationLimits: { maxNodesPerRead: 100, maxNodesPerWrite: 100, maxMonitoredItemsPerCall: 100 },
  },
});
await server.initialize();

const space = server.engine.addressSpace.getOwnNamespace();
const plant = space.addObject({ organizedBy: server.engine.addressSpace.rootFolder.objects, browseName: "Plant" });
const nodes = new Map();
const rules = new Map();
const held = new Map();
const written = [];

function stamp() {
  return new Date(Date.now() + (options.clockOffsetS ?? 0) * 1000);
}

function put(name, value, status = "Good", at = stamp()) {
  const { variable, type } = nodes.get(name);
  const newValue = value ?? variable.readValue().value.value;
  variable.setValueFromSource(new Variant({ dataType: DataType[type], value: newValue }), StatusCodes[status], at);
}

async function write(name, variant) {
  const { shape, variable } = nodes.get(name);
  const rule = rules.get(name) ?? {};
  const value = variant.value;
  written.push([name, typeof value === "bigint" ? Number(value) : value]);
  for (const [other, itsValue] of Object.entries(rule.first ?? {})) put(other, itsValue);
  if (rule.holds) {
    const release = await new Promise((resolve) => held.set(name, resolve));
    if (release.lands) variable.setValueFromSource(variant, StatusCodes.Good, stamp());
    return StatusCodes[release.answer];
  }
  if (rule.refuse) return StatusCodes[rule.refuse];
  if (shape.range && !(value >= shape.range[0] && value <= shape.range[1])) return StatusCodes.BadOutOfRange;
  if (rule.takes !== undefined) {
    put(name, rule.takes);
    return StatusCodes.Good;
  }
  variable.setValueFromSource(variant, StatusCodes.Good, stamp());
  if (rule.resetTo !== undefined) setTimeout(() => put(name, rule.resetTo), rule.afterMs);
  return StatusCodes.Good;
}

for (const machine of options.machines) {
  const folder = space.addObject({ organizedBy: plant, browseName: `Press${machine}`, nodeId: `s=Press${machine}` });
  for (const [field, shape] of Object.entries(shapes)) {
    const name = `Press${machine}.${field}`;
    const access = shape.writable ? "CurrentRead | CurrentWrite" : "CurrentRead";
    const variable = space.addVariable({
      componentOf: folder,
      browseName: field,
      nodeId: `s=${name}`,
      dataType: shape.type,
      accessLevel: access,
      userAccessLevel: access,
    });
    nodes.set(name, { variable, shape, type: shape.type });
    put(name, shape.value);
    if (shape.writable) {
      // Only clients' writes come through here, not values that the controller sets itself.
      variable.writeValue = async (_context, dataValue, indexRange, callback) => {
        const done = typeof indexRange === "function" ? indexRange : callback;
        const isTyped = dataValue.value.dataType === DataType[shape.type];
        done(null, isTyped ? await write(name, dataValue.value) : StatusCodes.BadTypeMismatch);
      };
    }
  }
}

await server.start();
const port = server.endpoints[0].port;
print({ ready: true, endpoint: `opc.tcp://127.0.0.1:${port}`, certificate: server.getCertificate().toString("hex") });

function print(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

let counting;
const commands = {
  set: ({ values }) => {
    for (const [name, [value, status]] of Object.entries(values)) put(name, value, status);
  },
  rule: ({ node, rule }) => rules.set(node, rule),
  release: (command) => {
    held.get(command.node)(command);
    held.delete(command.node);
  },
  written: () => ({ written }),
  reset: () => {
    rules.clear();
    written.length = 0;
    for (const [name, { shape }] of nodes) put(name, shape.value);
  },
  count: ({ fields, intervalMs, steps }) => {
    const names = [...nodes.keys()].filter((name) => fields.includes(name.split(".")[1]));
    let step = 0;
    counting = setInterval(() => {
      step += 1;
      for (const name of names) put(name, step);
      if (step >= steps) clearInterval(counting);
    }, intervalMs);
  },
  stop: async () => {
    clearInterval(counting);
    await server.shutdown(0);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  const answer = await commands[command.do](command);
  print(answer ?? {});
  if (command.do === "stop") break;
}
process.exit(0);
