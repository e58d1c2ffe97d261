// Machines of the companion specifications PackML, Machinery and MachineTool on node-opcua, made from their node sets.
// tests/full/test_opcua_companions.py starts it with a folder for keys. It prints its endpoint as a line of JSON.

import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { nodesets } from "node-opcua-nodesets";
import { MessageSecurityMode, SecurityPolicy } from "node-opcua-secure-channel";
import { OPCUAServer } from "node-opcua-server";
import { DataType, Variant } from "node-opcua-variant";

const [folder] = process.argv.slice(2);
const certificates = new OPCUACertificateManager({ rootFolder: folder, automaticallyAcceptUnknownCertificate: true });
await certificates.initialize();

const server = new OPCUAServer({
  port: 0,
  hostname: "127.0.0.1",
  host: "127.0.0.1",
  serverCertificateManager: certificates,
  securityPolicies: [SecurityPolicy.None],
  securityModes: [MessageSecurityMode.None],
  nodeset_filename: [
    nodesets.standard, nodesets.di, nodesets.ia, nodesets.machinery, nodesets.isa95JobControl,
    nodesets.machineryJobs, nodesets.machineTool, nodesets.packML,
  ],
});
await server.initialize();

const space = server.engine.addressSpace;
const own = space.getOwnNamespace();
const objects = space.rootFolder.objects;
const index = (name) => space.getNamespaceIndex(`http://opcfoundation.org/UA/${name}/`);

function show(variable, text) {
  variable.setValueFromSource(new Variant({ dataType: DataType.LocalizedText, value: { text } }));
}

const packML = space.findObjectType("PackMLBaseObjectType", index("PackML"));
const line = own.addFolder(objects, { browseName: "Filling" });
const states = { Filler: ["Cleared", "Running", "Execute"], Capper: ["Aborted"] };
for (const name of ["Filler", "Capper"]) {
  const machine = packML.instantiate({ browseName: name, organizedBy: line });
  const base = machine.baseStateMachine;
  const machinesOfStates = [base, base.machineState, base.machineState.executeState];
  states[name].forEach((state, depth) => show(machinesOfStates[depth].currentState, state));
  const speeds = { CurMachSpeed: 118.5, MachSpeed: 120 };
  for (const [field, value] of Object.entries(speeds)) {
    machine.status[field[0].toLowerCase() + field.slice(1)].setValueFromSource(new Variant({ dataType: DataType.Float, value }));
  }
}

const machines = space.findNode(`ns=${index("Machinery")};i=1001`);
const machineTool = space.findObjectType("MachineToolType", index("MachineTool"));
const lathe = machineTool.instantiate({ browseName: "Lathe", organizedBy: machines });
show(lathe.production.activeProgram.state.currentState, "Running");

const plain = own.addObject({ browseName: "Washer", organizedBy: machines });
own.addVariable({ browseName: "Temperature", componentOf: plain, dataType: "Double", value: { dataType: DataType.Double, value: 61.5 } });

await server.start();
process.stdout.write(`${JSON.stringify({ ready: true, endpoint: `opc.tcp://127.0.0.1:${server.endpoints[0].port}` })}\n`);
