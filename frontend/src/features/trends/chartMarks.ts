/** The marks of a chart: stops and gaps as shades under the lines, changes with names above them. */
import type uPlot from "uplot";
import { isCritical, outcomeWord } from "../../format/index.ts";
import { groupOf } from "../../preview/index.ts";
import type { SetPointChange, StateInterval } from "./fetchHistory.ts";

export interface Marks {
  readonly states: readonly StateInterval[];
  readonly changes: readonly SetPointChange[];
}

/** Colours of the page, read from its tokens: a canvas knows no variables. */
export interface Ink {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly blue: string;
  readonly critical: string;
  readonly hatch: string;
  readonly lines: readonly string[];
}

const LINE_TOKENS = ["--text", "--amber", "--green", "--locked", "--connecting", "--edge"];

export function inkOf(element: Element): Ink {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim() || "#808080";
  return {
    text: token("--text"),
    quiet: token("--quiet"),
    line: token("--line"),
    blue: token("--blue"),
    critical: token("--critical"),
    hatch: token("--edge"),
    lines: LINE_TOKENS.map(token),
  };
}

const RUNS: readonly unknown[] = ["RUNNING"];
const NAME_GAP = 6;
const NAME_BESIDE = 5;
const MARK_HALF = 4;
const MARK_HEIGHT = 7;
/** Above the drawing: room for the marks and their names. */
export const MARKS_HEIGHT = 20;

/** Red where the machine was stopped for safety or by a fault, grey where it did not run, hatched where nothing is known. */
export function shadeStates(chart: uPlot, states: readonly StateInterval[], ink: Ink): void {
  const { ctx, bbox } = chart;
  ctx.save();
  for (const { since, until, status } of states) {
    if (RUNS.includes(status)) continue;
    const left = Math.max(bbox.left, chart.valToPos(since, "x", true));
    const right = Math.min(bbox.left + bbox.width, chart.valToPos(until, "x", true));
    if (right <= left) continue;
    const width = Math.max(1, right - left);
    if (status === null) {
      hatched(ctx, left, bbox.top, width, bbox.height, ink.hatch);
      continue;
    }
    ctx.globalAlpha = isCritical(status) ? 0.22 : 0.1;
    ctx.fillStyle = isCritical(status) ? ink.critical : ink.quiet;
    ctx.fillRect(left, bbox.top, width, bbox.height);
  }
  ctx.restore();
}

function hatched(
  ctx: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  colour: string,
): void {
  const step = 8 * devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.globalAlpha = 0.35;
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  for (let x = left - height; x < left + width; x += step) {
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
  }
  ctx.stroke();
  ctx.restore();
}

/** Who made the change, and how it ended if it was not applied. */
export function changeLabel(by: string, outcome: string): string {
  return groupOf(outcome) === "applied" ? by : `${by} (${outcomeWord(outcome)})`;
}

export interface Mark {
  readonly x: number;
  readonly name: string;
  /** Where the name begins; null if there is no room for it. */
  readonly nameAt: number | null;
}

/**
 * The places of marks and names, from the newest to the oldest: marks that would overlap are one, whose name counts the
 * others (`anna +2`). A name stands to the right of its mark, or to the left, or nowhere; it never touches another.
 */
export function placeMarks(
  changes: readonly { readonly x: number; readonly name: string }[],
  { left, right, scale }: { left: number; right: number; scale: number },
  widthOf: (name: string) => number,
): Mark[] {
  const seen = changes.filter(({ x }) => x >= left && x <= right).sort((a, b) => b.x - a.x);
  const merged: { x: number; name: string; more: number; least: number }[] = [];
  for (const { x, name } of seen) {
    const last = merged.at(-1);
    if (last && last.least - x < 2 * MARK_HALF * scale) {
      last.more += 1;
      last.least = x;
    } else merged.push({ x, name, more: 0, least: x });
  }
  let free = right;
  return merged.map(({ x, name: own, more, least }, index) => {
    const name = more > 0 ? `${own} +${more}` : own;
    const width = widthOf(name);
    const older = merged[index + 1];
    const taken = older ? older.x + (MARK_HALF + NAME_GAP) * scale : left;
    const after = x + NAME_BESIDE * scale;
    const before = least - NAME_BESIDE * scale - width;
    let nameAt: number | null = null;
    if (after + width <= free) nameAt = after;
    else if (before >= taken) nameAt = before;
    free = Math.min(nameAt ?? least, least) - (MARK_HALF + NAME_GAP) * scale;
    return { x, name, nameAt };
  });
}

/** A line and a triangle at each change, and who made it where there is room. */
export function markChanges(chart: uPlot, changes: readonly SetPointChange[], ink: Ink): void {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = ink.blue;
  ctx.lineWidth = scale;
  ctx.font = `${12 * scale}px ${getComputedStyle(chart.root).fontFamily}`;
  ctx.textBaseline = "bottom";
  ctx.textAlign = "left";
  const placed = changes.map(({ at, by, outcome }) => ({
    x: Math.round(chart.valToPos(at, "x", true)),
    name: changeLabel(by, outcome),
    outcome,
  }));
  const right = bbox.left + bbox.width;
  for (const { x, outcome } of placed) {
    if (x < bbox.left || x > right) continue;
    ctx.setLineDash(groupOf(outcome) === "applied" ? [] : [3 * scale, 3 * scale]);
    ctx.globalAlpha = 0.7;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  const room = { left: bbox.left, right, scale };
  for (const { x, name, nameAt } of placeMarks(placed, room, (text) => ctx.measureText(text).width)) {
    ctx.beginPath();
    ctx.moveTo(x - MARK_HALF * scale, bbox.top - MARK_HEIGHT * scale);
    ctx.lineTo(x + MARK_HALF * scale, bbox.top - MARK_HEIGHT * scale);
    ctx.lineTo(x, bbox.top);
    ctx.fill();
    if (nameAt !== null) ctx.fillText(name, nameAt, bbox.top - 2 * scale);
  }
  ctx.restore();
}
