// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { PLANT } from "../../testing/mount.tsx";
import { commandsFor } from "./commands.ts";

const labels = (text: string, isAdmin = false) =>
  commandsFor(text, PLANT, isAdmin).commands.map(({ label }) => label);
const first = (text: string) => commandsFor(text, PLANT, false).commands[0]?.act;

test("a machine is found by its number, by its id and by its name", () => {
  for (const text of ["401", "m:401", "M:401"])
    expect(first(text)).toEqual({ kind: "go", route: { view: "machine", machine: "m_401" } });
});

test("lines, pages and machines in trouble are found by their words", () => {
  expect(first("line 01")).toEqual({ kind: "go", route: { view: "line", line: "01" } });
  expect(first("faults")).toMatchObject({ params: { filter: "critical" } });
  expect(first("not running")).toMatchObject({ params: { filter: "not-running" } });
  expect(first("template line 01")).toEqual({ kind: "template", line: "01" });
  expect(first("dark")).toEqual({ kind: "theme", theme: "dark" });
});

test.each(["set 401 to 1200", "Set m:401 1200"])("“%s” asks for the target that was typed", (text) => {
  expect(first(text)).toEqual({ kind: "set", machine: "m:401", text: "1200" });
});

test("a target is offered only if it is complete and its machine exists", () => {
  const kinds = (text: string) => commandsFor(text, PLANT, false).commands.map(({ act }) => act.kind);
  for (const text of ["set 401", "set 401 to", "set 999 to 1200"]) expect(kinds(text)).not.toContain("set");
});

test("only administrators find people, and everybody finds their own changes", () => {
  expect(labels("people")).not.toContain("People");
  expect(labels("people", true)).toContain("People");
  expect(labels("anna")).toEqual(["Batches by anna"]);
});
