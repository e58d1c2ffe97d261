import type { Alarm } from "../features/alarms/alarms.ts";

export const HOT: Alarm = {
  machine: "m_401",
  line: "01",
  name: "hot",
  label: "Motor too hot",
  priority: "high",
  state: "unacknowledged",
  isActive: true,
  since: 100,
  raisedAt: 100,
  field: "speed",
  value: 97.5,
  unit: "rpm",
  consequence: "The motor wears out early.",
  response: "Lower the target speed.",
  acknowledged: null,
  shelf: null,
  out: null,
  isKnown: true,
};
