/** What is drawn beside the lines: stops and gaps as shades under them, changes with their names above. */
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

/** A line and a triangle at each change, and who made it where there is room; the newest first. */
export function markChanges(chart: uPlot, changes: readonly SetPointChange[], ink: Ink): void {
  const { ctx, bbox } = chart;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.fillStyle = ctx.strokeStyle = ink.blue;
  ctx.lineWidth = scale;
  ctx.font = `${12 * scale}px ${getComputedStyle(chart.root).fontFamily}`;
  ctx.textBaseline = "top";
  ctx.textAlign = "left";
  let free = Infinity;
  for (const { at, by, outcome } of [...changes].sort((a, b) => b.at - a.at)) {
    const x = Math.round(chart.valToPos(at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash(groupOf(outcome) === "applied" ? [] : [3 * scale, 3 * scale]);
    ctx.globalAlpha = 0.7;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.moveTo(x - 4 * scale, bbox.top);
    ctx.lineTo(x + 4 * scale, bbox.top);
    ctx.lineTo(x, bbox.top + 7 * scale);
    ctx.fill();
    const name = changeLabel(by, outcome);
    const width = ctx.measureText(name).width;
    const start = x + NAME_BESIDE * scale;
    if (start + width + NAME_GAP * scale > Math.min(free, bbox.left + bbox.width)) continue;
    ctx.fillText(name, start, bbox.top + 2 * scale);
    free = x;
  }
  ctx.restore();
}
