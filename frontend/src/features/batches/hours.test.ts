import { afterEach, expect, it } from "vitest";
import { clockOf, setClock } from "../../format/times.ts";
import { sinceHours } from "./hours.ts";

afterEach(() => setClock(() => Date.now()));

it("the last hour and today follow the server's clock, even if this computer's is wrong", () => {
  const server = Date.UTC(2031, 4, 6, 12, 0, 0);
  setClock(() => server);
  expect(sinceHours("1")).toBe(String(server / 1000 - 3600));
  expect(sinceHours("")).toBe("");
  expect(clockOf("UTC").time(server / 1000 - 60)).toBe("11:59:00");
});
