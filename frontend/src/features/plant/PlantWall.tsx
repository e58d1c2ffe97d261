/**
 * A row for each line, a cell for each machine; the line with the most serious problem is first. Only the visible rows
 * are mounted. The plant's topic has the condition of each machine, so no line needs a subscription (OVER-3). The
 * arrow keys move among the cells.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useConcerns } from "../../hooks/useSession.ts";
import type { Concern } from "../../session/concerns.ts";
import { gravityOf } from "../../session/gravity.ts";
import { remPx } from "../../ui/rem.ts";
import { usePrinting } from "../../ui/usePrinting.ts";
import { fitWall, type Room } from "./fitWall.ts";
import { usePlant } from "./plantContext.ts";
import { Readout } from "./Readout.tsx";
import { WallRow } from "./WallRow.tsx";

export function PlantWall({ filter }: { filter: string }) {
  const { lines, machines } = usePlant().plant;
  const concerns = useConcerns();
  const { critical, doubtful } = concerns;
  const ordered = useMemo(
    () => worstFirst(lines, [...critical, ...doubtful], (machine) => machines.get(machine)?.line),
    [lines, machines, critical, doubtful],
  );
  const wall = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState<Room>({ width: 0, height: 0, rem: 16 });
  const [offset, setOffset] = useState(0);
  const [pointed, setPointed] = useState<string | null>(null);
  useLayoutEffect(() => {
    const element = wall.current;
    const main = document.getElementById("main");
    if (!element || !main) return;
    const measure = () => {
      setOffset(element.offsetTop);
      setRoom({
        width: element.clientWidth,
        height: main.clientHeight - element.offsetTop,
        rem: remPx(),
      });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    observer.observe(main);
    return () => observer.disconnect();
  }, []);
  const fit = useMemo(() => fitWall(lines, room), [lines, room]);
  const isPrinting = usePrinting();
  const virtualizer = useVirtualizer({
    count: room.width === 0 ? 0 : ordered.length,
    getScrollElement: () => document.getElementById("main"),
    getItemKey: (index) => ordered[index] ?? index,
    estimateSize: (index) => fit.heights.get(ordered[index] ?? "") ?? 0,
    overscan: isPrinting ? ordered.length : 4,
    scrollMargin: offset,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows are measured again when the fit or the order changes.
  useLayoutEffect(() => virtualizer.measure(), [fit, ordered, virtualizer]);
  return (
    <>
      <Readout machine={pointed} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows move among the links inside. */}
      <div
        ref={wall}
        className={`plant-wall ${fit.isNarrow ? "narrow" : ""}`}
        style={{
          ["--total" as string]: `${virtualizer.getTotalSize()}px`,
          ["--columns" as string]: fit.columns,
          ["--cell" as string]: `${fit.cell}rem`,
          ["--row" as string]: `${fit.row}rem`,
          ["--head" as string]: `${fit.head}rem`,
          ["--number" as string]: `${fit.number}rem`,
        }}
        onMouseOver={(event) => setPointed(machineAt(event.target))}
        onFocus={(event) => setPointed(machineAt(event.target))}
        onKeyDown={moveFocus}
      >
        {virtualizer.getVirtualItems().map((item) => {
          const line = ordered[item.index];
          return (
            line !== undefined && (
              <WallRow
                key={item.key}
                line={line}
                filter={filter}
                top={item.start - offset}
                hasNumbers={fit.number > 0}
              />
            )
          );
        })}
      </div>
    </>
  );
}

/** Lines by their most serious problem, then by the number of problems; the rest in the plant's order. */
export function worstFirst(
  lines: readonly { readonly id: string }[],
  concerns: readonly Concern[],
  lineOf: (machine: string) => string | undefined,
): string[] {
  const worst = new Map<string, { gravity: number; count: number }>();
  for (const concern of concerns) {
    const line = lineOf(concern.machine);
    if (line === undefined) continue;
    const gravity = gravityOf(concern);
    const known = worst.get(line);
    if (!known || gravity < known.gravity) worst.set(line, { gravity, count: 1 });
    else if (gravity === known.gravity) known.count += 1;
  }
  const rank = (line: string) => worst.get(line) ?? { gravity: Number.POSITIVE_INFINITY, count: 0 };
  return lines
    .map(({ id }) => id)
    .sort((a, b) => {
      const one = rank(a);
      const other = rank(b);
      return one.gravity === other.gravity ? other.count - one.count : one.gravity - other.gravity;
    });
}

function machineAt(target: EventTarget): string | null {
  return target instanceof Element
    ? (target.closest("[data-cell]")?.getAttribute("data-cell") ?? null)
    : null;
}

/** Left and right go to the neighbour, also across lines; up and down go to the cell above or below. */
function moveFocus(event: KeyboardEvent): void {
  const here = document.activeElement;
  if (!(here instanceof HTMLElement) || !here.dataset.cell) return;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const cells = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-cell]")].sort(
    (a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top || a.offsetLeft - b.offsetLeft,
  );
  const at = cells.indexOf(here);
  let next: HTMLElement | undefined;
  if (event.key === "ArrowRight") next = cells[at + 1];
  else if (event.key === "ArrowLeft") next = cells[at - 1];
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const { left, top } = here.getBoundingClientRect();
    const isDown = event.key === "ArrowDown";
    const beyond = cells.filter((cell) => {
      const box = cell.getBoundingClientRect();
      return Math.abs(box.left - left) < 2 && (isDown ? box.top > top + 1 : box.top < top - 1);
    });
    next = isDown ? beyond[0] : beyond.at(-1);
  } else if (event.key === "Home") next = cells[0];
  else if (event.key === "End") next = cells.at(-1);
  else return;
  event.preventDefault();
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}
