/** The chart itself, drawn by uPlot. Loaded only when somebody opens a trend. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Plant } from "../../contract/plant.ts";
import { type Clock, shown } from "../../format/index.ts";
import { t } from "../../texts/catalogue.ts";
import { type Ink, inkOf, MARKS_HEIGHT, type Marks, markChanges, shadeStates } from "./chartMarks.ts";
import { type Gestures, listen } from "./gestures.ts";
import { labelOf } from "./lineLabel.ts";
import type { Line, Plot } from "./plot.ts";

const HEIGHT = 240;
const BAND_ALPHA = "33";

export interface ChartProps {
  readonly plot: Plot;
  readonly marks: Marks;
  readonly from: number;
  readonly to: number;
  readonly plant: Plant;
  readonly clock: Clock;
  readonly label: string;
  readonly gestures: Gestures;
  /** The width of the drawing in CSS pixels, which is also the number of intervals to request. */
  readonly onWidth: (width: number) => void;
}

export function Chart({ plot, marks, from, to, plant, clock, label, gestures, onWidth }: ChartProps) {
  const area = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const now = useRef({ marks, gestures });
  now.current = { marks, gestures };
  const shape = plot.lines.map((line) => line.key).join(" ");

  // biome-ignore lint/correctness/useExhaustiveDependencies: uPlot cannot change its series, so other lines need another chart; new samples do not.
  useEffect(() => {
    const element = area.current;
    if (!element) return;
    const make = () => {
      chart.current?.destroy();
      const ink = inkOf(element);
      chart.current = new uPlot(
        options(plot.lines, plant, clock, ink, () => now.current.marks, element.clientWidth),
        aligned(plot),
        element,
      );
      chart.current.setScale("x", { min: from, max: to });
    };
    make();
    const resized = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width === 0) return;
      chart.current?.setSize({ width, height: HEIGHT });
      onWidth(width);
    });
    resized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const themed = new MutationObserver(make);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    scheme.addEventListener("change", make);
    const silent = listen(element, () => chart.current?.over ?? null, {
      zoom: (factor, share) => now.current.gestures.zoom(factor, share),
      pan: (share) => now.current.gestures.pan(share),
      live: () => now.current.gestures.live(),
    });
    return () => {
      silent();
      resized.disconnect();
      themed.disconnect();
      scheme.removeEventListener("change", make);
      chart.current?.destroy();
      chart.current = null;
    };
  }, [shape, plant, clock]);

  useEffect(() => {
    const drawn = chart.current;
    if (!drawn) return;
    drawn.batch(() => {
      drawn.setData(aligned(plot), false);
      drawn.setScale("x", { min: from, max: to });
    });
  }, [plot, from, to]);

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the chart is moved and zoomed by keys.
    <div ref={area} className="chart" tabIndex={0} role="application" aria-label={label} />
  );
}

/** Three rows for each line: its mean, and the band between the lowest and the highest. */
function aligned(plot: Plot): uPlot.AlignedData {
  const rows = plot.lines.flatMap((line) => [line.mean, line.high, line.low]);
  return [[...plot.at], ...rows.map((row) => [...row])] as uPlot.AlignedData;
}

function options(
  lines: readonly Line[],
  plant: Plant,
  clock: Clock,
  ink: Ink,
  marks: () => Marks,
  width: number,
): uPlot.Options {
  const units = [...new Set(lines.map((line) => line.unit))];
  const measured = new Map<string, string>();
  const colour = (line: Line, isSet: boolean): string => {
    if (isSet) return ink.blue;
    const own = `${line.machine}.${line.field}`;
    const known = measured.get(own) ?? ink.lines[measured.size % ink.lines.length] ?? ink.text;
    measured.set(own, known);
    return known;
  };
  const series: uPlot.Series[] = [
    { label: t("trends-time"), value: (_, at) => (at === null ? "–" : clock.time(at)) },
  ];
  const bands: uPlot.Band[] = [];
  for (const line of lines) {
    const field = plant.fields.find((each) => each.name === line.field) ?? null;
    const isSet = field?.isWritable ?? false;
    const stroke = colour(line, isSet);
    const scale = line.unit || "number";
    const place = series.length;
    const edge = {
      label: labelOf(line, field), // not shown, but uPlot would give it an English name
      scale,
      show: !line.isBefore && !isSet,
      stroke: "transparent",
      points: { show: false },
    };
    series.push(
      {
        label: labelOf(line, field),
        scale,
        stroke,
        width: line.isBefore ? 1 : 2,
        ...(isSet || line.isBefore ? { dash: line.isBefore ? [2, 3] : [6, 4] } : {}),
        ...(isSet && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
        points: { show: false },
        value: (_, value) => (value === null ? "–" : `${shown(field, value)} ${line.unit}`),
      },
      { ...edge },
      { ...edge },
    );
    if (!line.isBefore && !isSet) {
      bands.push({ series: [place + 1, place + 2], fill: `${hex(stroke)}${BAND_ALPHA}` });
    }
  }
  const axis = { stroke: ink.quiet, grid: { stroke: ink.line, width: 1 }, ticks: { stroke: ink.line } };
  return {
    width,
    height: HEIGHT,
    tzDate: (at) => inZone(at, plant.timezone),
    series,
    bands,
    padding: [MARKS_HEIGHT, null, null, null],
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
    legend: { live: true },
    scales: { x: { time: true, auto: false } },
    axes: [
      // Room for the longest label, with its day.
      { ...axis, space: 120, values: (_, at) => at.map((each) => timeWords(clock, each, at)) },
      ...units.slice(0, 2).map((unit, place) => ({
        ...axis,
        scale: unit || "number",
        // Without this, uPlot writes numbers in the browser's language.
        values: (_: uPlot, at: number[]) => at.map((each) => shown(null, each)),
        side: place === 0 ? 3 : 1,
        grid: { ...axis.grid, show: place === 0 },
        size: (_: uPlot, at: string[] | null) => axisWidth(at ?? []),
        label: unit,
        labelSize: 18,
      })),
    ],
    hooks: {
      drawClear: [(chart) => shadeStates(chart, marks().states, ink)],
      draw: [(chart) => markChanges(chart, marks().changes, ink)],
    },
  };
}

/** Room for the longest figure of an axis: digits of 12 px, the tick, and a gap to the unit beside it. */
function axisWidth(figures: readonly (string | null)[]): number {
  return Math.max(40, 18 + 7.5 * Math.max(0, ...figures.map((each) => each?.length ?? 0)));
}

function timeWords(clock: Clock, at: number, all: readonly number[]): string {
  const step = (all[1] ?? at) - (all[0] ?? at);
  return step >= 60 || step === 0 ? clock.minute(at) : clock.time(at);
}

/** Ticks lie on the full hours of the plant's own clock. */
function inZone(at: number, zone: string): Date {
  try {
    return uPlot.tzDate(new Date(at * 1000), zone);
  } catch {
    return uPlot.tzDate(new Date(at * 1000), "UTC");
  }
}

/** A colour as `#rrggbb`, so that an alpha can be appended. */
function hex(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? colour : "#808080";
}
