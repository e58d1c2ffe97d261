/**
 * What this page has seen of a machine in the last minutes: the actual as a line, the set-point as steps, each
 * change of it marked. Drawn straight into the SVG, past React; nothing is invented for the time before the page
 * was opened.
 */
import { useEffect, useRef } from "react";
import type { Field } from "../api/plant.ts";
import { machineNow, onMachine } from "../live.ts";
import { usePlant } from "./plantContext.ts";
import { measured, shown } from "./words.ts";

const MOST_MS = 5 * 60_000;
const LEAST_MS = 60_000;
const MOST_SAMPLES = 1_500;
const MOST_MACHINES = 8;
const WIDTH = 600;
const HEIGHT = 160;
const TOP = 8;
const BOTTOM = 20;

interface Sample {
  atMs: number;
  actual: number | null;
  setPoint: number | null;
}

/** What was seen of the machines last looked at; the oldest machine goes first. */
const seen = new Map<string, Sample[]>();

function samplesOf(machine: string): Sample[] {
  const samples = seen.get(machine) ?? [];
  seen.delete(machine);
  seen.set(machine, samples);
  const oldest = seen.keys().next().value;
  if (seen.size > MOST_MACHINES && oldest !== undefined) seen.delete(oldest);
  return samples;
}

export function Trend({
  machine,
  actual,
  setPoint,
}: {
  machine: string;
  actual: Field;
  setPoint: Field | null;
}) {
  const { clock } = usePlant();
  const svg = useRef<SVGSVGElement>(null);
  const summary = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const samples = samplesOf(machine);
    const take = () => {
      const record = machineNow(machine)?.record;
      if (!record) return;
      samples.push({
        atMs: Date.now(),
        actual: numberIn(record[actual.name]),
        setPoint: setPoint
          ? numberIn(machineNow(machine)?.overlays[setPoint.name]?.server ?? record[setPoint.name])
          : null,
      });
      if (samples.length > MOST_SAMPLES) samples.splice(0, samples.length - MOST_SAMPLES);
    };
    const draw = () => {
      if (svg.current)
        drawInto(svg.current, samples, setPoint?.maximum ?? null, (ms) => clock.time(ms / 1000));
      const last = samples.at(-1);
      if (!summary.current || !last) return;
      summary.current.textContent =
        `${actual.label || actual.name} ${measured(actual, last.actual)}` +
        (setPoint ? `, ${setPoint.label || setPoint.name} ${measured(setPoint, last.setPoint)}` : "");
    };
    take();
    draw();
    const off = onMachine(machine, take);
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") draw();
    }, 500);
    return () => {
      off();
      clearInterval(timer);
    };
  }, [machine, actual, setPoint, clock]);
  return (
    <figure className="trend">
      <figcaption>
        <span className="trend-key actual">{actual.label || actual.name}</span>
        {setPoint && <span className="trend-key set">{setPoint.label || setPoint.name} (▾ changed)</span>}
        <span className="quiet">up to 5 minutes, as seen by this page, {actual.unit}</span>
      </figcaption>
      <svg ref={svg} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <g className="trend-grid" />
        <path className="trend-set" />
        <path className="trend-actual" />
        <g className="trend-marks" />
      </svg>
      <div className="trend-scale" aria-hidden="true">
        <span data-scale="top" />
        <span data-scale="bottom">0</span>
        <span data-scale="from" />
        <span>now</span>
      </div>
      <p ref={summary} className="unseen" />
    </figure>
  );
}

function numberIn(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

function drawInto(
  svg: SVGSVGElement,
  samples: readonly Sample[],
  maximum: number | null,
  minute: (ms: number) => string,
): void {
  const now = Date.now();
  const spanMs = Math.min(MOST_MS, Math.max(LEAST_MS, now - (samples[0]?.atMs ?? now)));
  const from = now - spanMs;
  const shownSamples = samples.filter((sample) => sample.atMs >= from);
  const highest = Math.max(
    1,
    ...shownSamples.map((sample) => Math.max(sample.actual ?? 0, sample.setPoint ?? 0)),
  );
  const top = niceTop(Math.min(highest * 1.1, Math.max(highest, maximum ?? Infinity)));
  const x = (ms: number) => ((ms - from) / spanMs) * WIDTH;
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  let actual = "";
  let setPoint = "";
  let marks = "";
  let before: Sample | null = null;
  for (const sample of shownSamples) {
    const at = x(sample.atMs).toFixed(1);
    if (sample.actual !== null)
      actual += `${before?.actual == null ? "M" : "L"}${at} ${y(sample.actual).toFixed(1)}`;
    if (sample.setPoint !== null) {
      const height = y(sample.setPoint).toFixed(1);
      setPoint += before?.setPoint == null ? `M${at} ${height}` : `H${at}V${height}`;
      if (before?.setPoint != null && before.setPoint !== sample.setPoint) {
        marks += `M${at} ${HEIGHT - BOTTOM}V${TOP + 8}m-5 -8h10l-5 8z`;
      }
    }
    before = sample;
  }
  if (before?.setPoint != null) setPoint += `H${WIDTH}`;
  const grid = [0, 0.5, 1].map((share) => `M0 ${y(top * share).toFixed(1)}H${WIDTH}`).join("");
  svg.querySelector(".trend-actual")?.setAttribute("d", actual);
  svg.querySelector(".trend-set")?.setAttribute("d", setPoint);
  path(svg.querySelector(".trend-marks"), marks);
  path(svg.querySelector(".trend-grid"), grid);
  const scale = svg.nextElementSibling;
  const write = (name: string, text: string) => {
    const node = scale?.querySelector(`[data-scale="${name}"]`);
    if (node && node.textContent !== text) node.textContent = text;
  };
  write("top", shown(null, top));
  write("from", minute(from));
}

function path(group: Element | null, d: string): void {
  if (!group) return;
  let element = group.firstElementChild;
  if (!element) {
    element = document.createElementNS("http://www.w3.org/2000/svg", "path");
    group.append(element);
  }
  element.setAttribute("d", d);
}

/** The next of 1, 2, 2.5, 5 × 10ⁿ: a scale that can be read. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 2.5, 5, 10].find((each) => each * power >= value) ?? 10;
  return step * power;
}
