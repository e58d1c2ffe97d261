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

const SAYINGS = [
  "set 401 to 1200",
  "Set m:401 1200",
  "setze 401 auf 1200",
  "401 auf 1200 setzen",
  "401 auf 1200",
];

test.each(SAYINGS)("“%s” asks for the target that was typed", (text) => {
  expect(first(text)).toEqual({ kind: "set", machine: "m:401", text: "1200", name: "Set m:401 to 1200" });
});

test("the language of the page is changed by its own name", () => {
  expect(first("deutsch")).toEqual({ kind: "language", language: "de" });
  expect(labels("language")).toEqual(["Language: English", "Language: Deutsch", "Batches by language"]);
});

test("an administrator finds every page of the administration, and nobody else does", () => {
  for (const page of ["Limits", "Security log", "Deliveries", "Plant file"]) {
    expect(labels(page.toLowerCase(), true)).toContain(page);
    expect(labels(page.toLowerCase())).not.toContain(page);
  }
});

test("a target is offered only if it is complete and its machine exists", () => {
  const kinds = (text: string) => commandsFor(text, PLANT, false).commands.map(({ act }) => act.kind);
  for (const text of ["set 401", "set 401 to", "set 999 to 1200", "setze 401 auf", "401 auf setzen"])
    expect(kinds(text)).not.toContain("set");
});

test("only administrators find people, and everybody finds their own changes", () => {
  expect(labels("people")).not.toContain("People");
  expect(labels("people", true)).toContain("People");
  expect(labels("anna")).toEqual(["Batches by anna"]);
});
