import { expect, test } from "vitest";
import { PlantSchema } from "./plant.ts";

const read = (machines: unknown) =>
  PlantSchema.safeParse({ name: "Plant", fields: [], lines: [{ id: "01", machines }] });

test("machines are read as they are sent, and missing keys get their defaults", () => {
  const sent = [
    { key: "m_401", id: "of no account", name: "Filler", more: 1 },
    { key: "m_402", name: "", tells: null },
    { key: "m_403", name: "", tells: ["time", "refusal"] },
  ];
  const found = [
    { key: "m_401", id: "m:401", name: "Filler" },
    { key: "m_402", id: "m:402", name: "", tells: null },
    { key: "m_403", id: "m:403", name: "", tells: ["time", "refusal"] },
  ];
  expect(read(sent).data?.lines[0]?.machines).toEqual(found);
  expect(read([...sent, { key: "m_404" }]).data?.lines[0]?.machines).toEqual([
    ...found,
    { key: "m_404", id: "m:404", name: "" },
  ]);
  expect(read([]).data?.lines[0]?.machines).toEqual([]);
});

test.each([
  ["no list", "m_401", ["lines", 0, "machines"]],
  ["no machine", [{ key: "m_401", name: "" }, null], ["lines", 0, "machines", 1]],
  ["a key that is no text", [{ key: 401, name: "" }], ["lines", 0, "machines", 0, "key"]],
  [
    "something told that nobody knows",
    [{ key: "m_401", name: "", tells: ["all"] }],
    ["lines", 0, "machines", 0, "tells", 0],
  ],
])("%s is refused, and the error names the place", (_, machines, path) => {
  expect(read(machines).error?.issues.map((issue) => issue.path)).toEqual([path]);
});
