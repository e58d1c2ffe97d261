// @vitest-environment happy-dom
import { beforeEach, expect, test } from "vitest";
import { listen } from "./gestures.ts";

const WIDTH = 400;
let area: HTMLElement;
let calls: string[];
let silence: () => void;

beforeEach(() => {
  calls = [];
  area = document.body.appendChild(document.createElement("div"));
  area.setPointerCapture = () => undefined;
  area.getBoundingClientRect = () => new DOMRect(100, 0, WIDTH, 200);
  silence = listen(area, () => area, {
    zoom: (factor, share) => calls.push(`zoom ${factor.toFixed(2)} at ${share.toFixed(2)}`),
    pan: (share) => calls.push(`pan ${share.toFixed(2)}`),
    live: () => calls.push("live"),
  });
});

test("a finger that moves to the right shows earlier time", () => {
  finger(1, "down", 200);
  finger(1, "move", 240);
  finger(1, "up", 240);
  finger(1, "move", 300);
  expect(calls).toEqual(["pan -0.10"]);
});

test("two fingers that move apart show less time, around the middle between them", () => {
  finger(1, "down", 250);
  finger(2, "down", 350);
  finger(2, "move", 450);
  expect(calls).toEqual(["zoom 0.50 at 0.63"]);
});

test("two fingers that come together show more time", () => {
  finger(1, "down", 200);
  finger(2, "down", 400);
  finger(1, "move", 300);
  expect(calls).toEqual(["zoom 2.00 at 0.63"]);
});

test("the finger that stays keeps moving the chart after the other was lifted", () => {
  finger(1, "down", 200);
  finger(2, "down", 400);
  finger(2, "cancel", 400);
  finger(1, "move", 220);
  expect(calls).toEqual(["pan -0.05"]);
});

test("fingers at the same point do not zoom by an infinite factor", () => {
  finger(1, "down", 300);
  finger(2, "down", 300);
  finger(2, "move", 305);
  expect(calls).toEqual([]);
});

test("no listener is left after the chart is removed", () => {
  silence();
  finger(1, "down", 200);
  finger(1, "move", 300);
  expect(calls).toEqual([]);
});

function finger(pointerId: number, does: "down" | "move" | "up" | "cancel", clientX: number): void {
  const event = { pointerId, clientX, pointerType: "touch", button: 0, bubbles: true };
  area.dispatchEvent(new PointerEvent(`pointer${does}`, event));
}
