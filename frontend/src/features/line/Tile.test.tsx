// @vitest-environment happy-dom
import { act, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { mount, RUNNING, type Wire } from "../../testing/mount.tsx";
import { Tile } from "./Tile.tsx";

const TOPICS = ["line:01"];

function OneTile() {
  useTopics(TOPICS);
  return <Tile machine="m_401" topic="line:01" density="normal" onEdit={() => {}} />;
}

const tile = (records: Parameters<typeof mount>[1]): Wire => mount(<OneTile />, records);
const article = () => screen.getByRole("article");

afterEach(() => {
  vi.useRealTimers();
});

test("a machine without any data keeps its place and says so", () => {
  tile({});
  expect(article().textContent).toContain("Not known yet");
  expect(article().getAttribute("aria-busy")).toBe("true");
});

test("a running machine shows its actual and its set-point", () => {
  tile({ m_401: RUNNING });
  expect(article().textContent).toContain("Running");
  expect(article().querySelector(".tile-actual")?.textContent).toContain("1,204");
  expect(article().querySelector(".set-value")?.textContent).toBe("1,200");
});

test("a stop changes the tile's class and its word", () => {
  const wire = tile({ m_401: RUNNING });
  wire.report({ m_401: { status: "EMERGENCY_STOP", speed: 0 } });
  expect(article().className).toContain("is-critical");
  expect(article().textContent).toContain("EMERGENCY STOP");
});

test("a machine without contact is shown as last known", () => {
  tile({ m_401: { ...RUNNING, quality: "OFFLINE", seen: 1 } });
  expect(article().className).toContain("is-stale");
  expect(article().textContent).toContain("last known: running");
});

test("nothing looks live after the connection ended", () => {
  const wire = tile({ m_401: RUNNING });
  wire.end();
  expect(article().className).toContain("is-stale");
});

test("another person's target is shown beside the set-point until it has ended", () => {
  const wire = tile({ m_401: RUNNING });
  const target = { txId: "theirs", value: 1100, by: { kind: "operator", name: "benedikt" }, ts: 1 };
  wire.report({}, { open: { m_401: { targetSpeed: target } } });
  expect(article().querySelector(".set-value")?.textContent).toBe("1,200");
  expect(article().querySelector(".set-pending")?.textContent).toContain("1,100 by benedikt");
  wire.report({}, { open: { m_401: { targetSpeed: null } } });
  expect(article().querySelector(".set-pending")).toBeNull();
});

test("a number asks for other room only when it becomes longer or shorter", () => {
  const wire = tile({ m_401: RUNNING });
  const number = article().querySelector(".tile-actual .has-room") as Element;
  const shown = () => [number.textContent, number.getAttribute("data-room")];
  expect(shown()).toEqual(["1,204", "0,000"]);
  const changes = new MutationObserver(() => {});
  changes.observe(number, { attributes: true });
  wire.report({ m_401: { speed: 1387 } });
  expect(shown()).toEqual(["1,387", "0,000"]);
  expect(changes.takeRecords()).toEqual([]);
  wire.report({ m_401: { speed: 98 } });
  expect(shown()).toEqual(["98", "00"]);
  wire.report({ m_401: { speed: null } });
  expect(shown()).toEqual(["–", "–"]);
});

test("the last minute is drawn each second, but not a set-point that stays", () => {
  vi.useFakeTimers();
  const wire = tile({ m_401: RUNNING });
  const later = (speed: number) => {
    act(() => vi.advanceTimersByTime(1_000));
    wire.report({ m_401: { speed } });
  };
  for (let second = 0; second < 61; second++) later(1_000 + second);
  const [goal, actual] = ["goal", "line"].map((name) => article().querySelector(`.spark-${name}`) as Element);
  const drawn = actual?.getAttribute("d");
  expect(goal?.getAttribute("d")).toMatch(/^M0 \d+H59$/);
  const changes = new MutationObserver(() => {});
  changes.observe(article(), { attributes: true, attributeFilter: ["d"], subtree: true });
  later(1_200);
  expect(actual?.getAttribute("d")).not.toBe(drawn);
  expect(changes.takeRecords().map(({ target }) => target)).not.toContain(goal);
});
