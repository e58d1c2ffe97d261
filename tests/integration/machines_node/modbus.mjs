// A Modbus TCP server on modbus-serial that a test controls with JSON: one command or answer in each line.
import { createInterface } from "node:readline";
import modbus from "modbus-serial";

const options = JSON.parse(process.argv[2]);
let holding, coils, rules, writes, takenBack;
const exception = (code) => { throw { modbusErrorCode: code, msg: "as the test says" }; };

function begin() {
  holding = Object.fromEntries(options.units.map((unit) => [unit, new Array(400).fill(0)]));
  coils = Object.fromEntries(options.units.map((unit) => [unit, new Array(400).fill(false)]));
  rules = {}; writes = []; takenBack = [];
}

function many(address, count, unit, answer) {
  if (rules.deaf?.includes(unit)) return; // an answer that never comes
  try { answer(null, registers(address, count, unit)); } catch (refusal) { answer(refusal); }
}

function one(address, unit) {
  return rules.deaf?.includes(unit) ? new Promise(() => {}) : registers(address, 1, unit)[0];
}

function registers(address, count, unit) {
  if (!holding[unit]) exception(11);
  for (let at = address; at < address + count; at++) if (rules.missing?.includes(at) || at >= 400) exception(2);
  const values = holding[unit].slice(address, address + count);
  const isRead = ([itsUnit, at]) => itsUnit === unit && at >= address && at < address + count;
  for (const [itsUnit, at, value] of takenBack.filter(isRead)) holding[itsUnit][at] = value;
  takenBack = takenBack.filter((each) => !isRead(each));
  return values;
}

function coil(address, unit) {
  return rules.deaf?.includes(unit) ? new Promise(() => {}) : coils[unit][address];
}

function set(address, value, unit) {
  writes.push([unit, address, value]);
  if (rules.stops) holding[unit][1] = 1; // reports its emergency stop before it decides about the write
  if (rules.stops === "refused") exception(3);
  if (rules.stops === "swallowed") return;
  if (rules.busy) exception(6);
  if (rules.refuse?.includes(address) || (address === 10 && value > 9000)) exception(3);
  holding[unit][address] = rules.clamp === undefined ? value : Math.min(value, rules.clamp);
  if (rules.resets !== undefined) takenBack.push([unit, address, rules.resets]); // after the next read
}

begin();
const server = new modbus.ServerTCP({
  getMultipleHoldingRegisters: many,
  getMultipleInputRegisters: many,
  getHoldingRegister: one,
  getInputRegister: one,
  getCoil: coil,
  getDiscreteInput: coil,
  setRegister: set,
  setRegisterArray: (address, values, unit) => values.forEach((value, index) => set(address + index, value, unit)),
  setCoil: (address, value, unit) => { coils[unit][address] = value; },
}, { host: "127.0.0.1", port: options.port, debug: false });
server.on("socketError", () => {});
server.on("initialized", () => console.log(JSON.stringify({ ready: true })));

const answers = {
  set: ({ unit, values }) => Object.entries(values).forEach(([address, value]) => { holding[unit][address] = value; }),
  coils: ({ unit, values }) => Object.entries(values).forEach(([address, value]) => { coils[unit][address] = value; }),
  rules: ({ rules: newRules }) => { rules = newRules; },
  reset: begin,
  log: () => ({ writes }),
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { do: what, ...parameters } = JSON.parse(line);
  console.log(JSON.stringify(answers[what](parameters) ?? {}));
}).on("close", () => process.exit(0));
