/**
 * A machine's last ten minutes: the actual as a line, the set-point as steps, each change of it with the person's
 * name. The server has the time before the page was opened or while it was cut off; the rest arrives live. Drawn
 * directly into the SVG, without React. If contact was lost, there is a gap: nothing is invented.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Field } from "../../contract/plant.ts";
import { measured, shown } from "../../format/index.ts";
import type { Story } from "../../session/batches.ts";
import { useSession } from "../../session/context.tsx";
import { onTick } from "../../session/ticker.ts";
import { usePlant } from "../plant/plantContext.ts";
import { fetchTrend } from "./fetchTrend.ts";
import { askedBy, joined, type Sample, samplesOf, since } from "./trendSamples.ts";

const MOST_MS = 10 * 60_000;
const LEAST_MS = 60_000;
/** Ten minutes at four a second. */
const MOST_SAMPLES = 2_400;
/** A value that came later than this after the one before it held until then, and did not drift there. */
const HELD_MS = 2_000;
const WIDTH = 600;
const HEIGHT = 160;
const TOP = 8;
const BOTTOM = 20;
/** Names of who asked stand so far apart, as a share of the width. */
const NAME_SHARE = 0.14;

const NO_CONTACT: readonly unknown[] = ["STALE", "OFFLINE", "NEVER_SEEN"];

export function Trend({
  machine,
  actual,
  setPoint,
  stories,
  isStale,
}: {
  machine: string;
  actual: Field;
  setPoint: Field | null;
  /** What was lately asked of the machine. */
  stories: readonly Story[];
  /** Whether what is on screen may no longer be taken for live. */
  isStale: boolean;
}) {
  const session = useSession();
  const client = useQueryClient();
  const { clock } = usePlant();
  const svg = useRef<SVGSVGElement>(null);
  const names = useRef<HTMLDivElement>(null);
  const summary = useRef<HTMLParagraphElement>(null);
  const own = useRef<Sample[]>([]);
  const past = useRef<{ samples: readonly Sample[]; atMs: number }>({ samples: [], atMs: 0 });

  // Where it fails, the trend begins with what this page saw; the connection has its own words for the rest.
  const { data } = useQuery({
    queryKey: ["trend", machine, actual.name, setPoint?.name],
    queryFn: async ({ signal }) => {
      const trend = await fetchTrend(machine, signal);
      const atMs = Date.now();
      return { samples: samplesOf(trend, actual.name, setPoint?.name ?? null, atMs), atMs };
    },
    enabled: !isStale,
    gcTime: 0,
  });
  if (data) past.current = data;
  useEffect(() => {
    if (isStale) own.current.push({ atMs: Date.now(), actual: null, setPoint: null });
    else void client.invalidateQueries({ queryKey: ["trend", machine] });
  }, [client, machine, isStale]);

  useEffect(() => {
    const samples = own.current;
    const take = () => {
      const view = session.machine(machine);
      if (!view) return;
      const { record, overlays } = view;
      const hasContact = !isStale && !NO_CONTACT.includes(record.quality);
      const goal = setPoint && (overlays[setPoint.name]?.server ?? record[setPoint.name]);
      samples.push({
        atMs: Date.now(),
        actual: hasContact ? numberIn(record[actual.name]) : null,
        setPoint: hasContact ? numberIn(goal) : null,
      });
      if (samples.length > MOST_SAMPLES) samples.splice(0, samples.length - MOST_SAMPLES);
    };
    const draw = () => {
      const all = joined(past.current.samples, past.current.atMs, samples);
      if (svg.current) {
        const changes = drawInto(svg.current, all, setPoint?.maximum ?? null, (ms) => clock.time(ms / 1000));
        if (names.current && setPoint) {
          writeNames(names.current, changes, (sample) => askedBy(stories, machine, setPoint.name, sample));
        }
      }
      const last = all.at(-1);
      if (!summary.current || !last) return;
      summary.current.textContent =
        `${actual.label || actual.name} ${measured(actual, last.actual)}` +
        (setPoint ? `, ${setPoint.label || setPoint.name} ${measured(setPoint, last.setPoint)}` : "");
    };
    take();
    draw();
    const off = session.onMachine(machine, take);
    const stop = onTick(draw);
    return () => {
      off();
      stop();
    };
  }, [session, machine, actual, setPoint, clock, stories, isStale]);
  return (
    <figure className="trend">
      <figcaption>
        <span className="trend-key actual">{actual.label || actual.name}</span>
        {setPoint && <span className="trend-key set">{setPoint.label || setPoint.name} (▾ changed)</span>}
        <span className="quiet">the last 10 minutes, {actual.unit}</span>
      </figcaption>
      <div className="trend-plot">
        <svg ref={svg} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <g className="trend-grid" />
          <path className="trend-set" />
          <path className="trend-actual" />
          <g className="trend-marks" />
        </svg>
        <div ref={names} className="trend-names" aria-hidden="true" />
        <div className="trend-scale" aria-hidden="true">
          <span data-scale="top" />
          <span data-scale="bottom">0</span>
          <span data-scale="from" />
          <span>now</span>
        </div>
      </div>
      <p ref={summary} className="unseen" />
    </figure>
  );
}

function numberIn(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** A change of the set-point, and where it stands: 0 is the left edge, 1 the right one. */
interface Change {
  readonly sample: Sample;
  readonly share: number;
}

function drawInto(
  svg: SVGSVGElement,
  all: readonly Sample[],
  maximum: number | null,
  minute: (ms: number) => string,
): Change[] {
  const now = Date.now();
  const spanMs = Math.min(MOST_MS, Math.max(LEAST_MS, now - (all[0]?.atMs ?? now)));
  const from = now - spanMs;
  const samples = since(all, from);
  const highest = Math.max(1, ...samples.map((sample) => Math.max(sample.actual ?? 0, sample.setPoint ?? 0)));
  const top = niceTop(Math.min(highest * 1.1, Math.max(highest, maximum ?? Infinity)));
  const x = (ms: number) => (((ms - from) / spanMs) * WIDTH).toFixed(1);
  const y = (value: number) => (HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const changes: Change[] = [];
  let actual = "";
  let setPoint = "";
  let marks = "";
  let before: Sample | null = null;
  /** The last set-point there was, across a gap: what it became meanwhile is a change too. */
  let asked: number | null = null;
  for (const sample of samples) {
    const at = x(sample.atMs);
    if (before?.actual != null) {
      if (sample.actual === null) actual += `H${at}`;
      else if (sample.atMs - before.atMs > HELD_MS) actual += `H${x(sample.atMs - HELD_MS / 2)}`;
    }
    if (sample.actual !== null) actual += `${before?.actual == null ? "M" : "L"}${at} ${y(sample.actual)}`;
    if (sample.setPoint !== null) {
      const height = y(sample.setPoint);
      setPoint += before?.setPoint == null ? `M${at} ${height}` : `H${at}V${height}`;
      if (asked !== null && asked !== sample.setPoint) {
        marks += `M${at} ${HEIGHT - BOTTOM}V${TOP + 8}m-5 -8h10l-5 8z`;
        changes.push({ sample, share: (sample.atMs - from) / spanMs });
      }
      asked = sample.setPoint;
    } else if (before?.setPoint != null) setPoint += `H${at}`;
    before = sample;
  }
  if (before?.actual != null) actual += `H${WIDTH}`;
  if (before?.setPoint != null) setPoint += `H${WIDTH}`;
  const grid = [0, 0.5, 1].map((share) => `M0 ${y(top * share)}H${WIDTH}`).join("");
  svg.querySelector(".trend-actual")?.setAttribute("d", actual);
  svg.querySelector(".trend-set")?.setAttribute("d", setPoint);
  path(svg.querySelector(".trend-marks"), marks);
  path(svg.querySelector(".trend-grid"), grid);
  const scale = svg.parentElement?.querySelector(".trend-scale");
  const write = (name: string, text: string) => {
    const node = scale?.querySelector(`[data-scale="${name}"]`);
    if (node && node.textContent !== text) node.textContent = text;
  };
  write("top", shown(null, top));
  write("from", minute(from));
  return changes;
}

/** Beside each mark the name of who asked, where it is known and there is room; the newest first. */
function writeNames(
  row: HTMLElement,
  changes: readonly Change[],
  who: (sample: Sample) => string | null,
): void {
  let right = Infinity;
  const written: HTMLElement[] = [];
  for (const { sample, share } of changes.toReversed()) {
    const name = share > right - NAME_SHARE ? null : who(sample);
    if (name === null) continue;
    right = share;
    const node = document.createElement("span");
    node.textContent = name;
    if (share > 1 - NAME_SHARE) node.style.right = `${(1 - share) * 100}%`;
    else node.style.left = `${share * 100}%`;
    written.push(node);
  }
  row.replaceChildren(...written);
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
