import { expect, test } from "vitest";
import { emptyMinute, fill, pathsOf, push, SECONDS } from "./sparkPath.ts";

test("without values nothing is drawn", () => {
  expect(pathsOf(emptyMinute(), emptyMinute(), 100)).toEqual(["", ""]);
});

test("a gap in the values is a gap in the line, and the set-point moves in steps", () => {
  const [actual, goal] = [emptyMinute(), emptyMinute()];
  for (const value of [0, null, null, null, null, 50, 100]) {
    push(actual, value);
    push(goal, value === 100 ? 100 : 0);
  }
  expect(pathsOf(actual, goal, 100)).toEqual(["M53 190M58 100L59 10", "M53 190H59V10"]);
});

test("a pause of three seconds between recorded and live values is bridged", () => {
  const actual = emptyMinute();
  for (const value of [0, null, null, null, 100]) push(actual, value);
  expect(pathsOf(actual, emptyMinute(), 100)[0]).toBe("M55 190L59 10");
});

test("a small change is not drawn as a mountain", () => {
  const actual = emptyMinute();
  push(actual, 1000);
  push(actual, 1001);
  const [path] = pathsOf(actual, emptyMinute(), 3000);
  expect(path).toBe("M58 101L59 99");
});

test("recorded values fill the seconds before the live ones, and never replace these", () => {
  const actual = emptyMinute();
  push(actual, 7);
  fill(actual, [40, 100, 99], [1, 2, 3], 100);
  expect([...actual.slice(SECONDS - 2)]).toEqual([3, 7]);
  expect(actual.slice(0, SECONDS - 2).every(Number.isNaN)).toBe(true);
});

test("the seconds in which nobody looked are a gap, and not what was known before", () => {
  const actual = emptyMinute();
  push(actual, 0);
  push(actual, 0);
  push(actual, 100, 10);
  expect(pathsOf(actual, emptyMinute(), 100)[0]).toBe("M48 190H49M59 10");
  push(actual, 50, 3_600);
  expect(pathsOf(actual, emptyMinute(), 100)[0]).toBe("M59 100");
});

test("a value that stays is one stroke, to where it ends", () => {
  const [actual, goal] = [emptyMinute(), emptyMinute()];
  for (const value of [50, 50, 50, 100, 100, 100]) {
    push(actual, value);
    push(goal, value);
  }
  expect(pathsOf(actual, goal, 100)).toEqual(["M54 190H56L57 10H59", "M54 190H57V10H59"]);
});
