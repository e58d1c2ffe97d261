/**
 * Machines as tiles, as many columns as fit, only the visible rows mounted. Tab moves from tile to tile, and so do
 * the arrow keys, also to tiles that are not mounted yet.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { go } from "../../router.ts";
import { remPx } from "../../ui/rem.ts";
import { usePrinting } from "../../ui/usePrinting.ts";
import { figureWidth } from "../machine/LiveNumber.tsx";
import { TargetEditor } from "../machine/TargetEditor.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { SparkSeeds } from "./Spark.tsx";
import { type Density, Tile } from "./Tile.tsx";

/** In rem, as the style sheet has them. */
const GAP = 0.5;
const LEAST_WIDTH: Record<Density, number> = { dense: 11, normal: 14.75, large: 21.25 };
const HEIGHT: Record<Density, number> = { dense: 7.5, normal: 12, large: 17 };
const OVERSCAN_ROWS = 2;

interface TileGridProps {
  machines: readonly string[];
  topicOf: (machine: string) => string;
  density: Density;
}

export function TileGrid({ machines, topicOf, density }: TileGridProps) {
  const { writable, tileFields } = usePlant().plant;
  const { actual, setPoint } = tileFields;
  const grid = useRef<HTMLDivElement>(null);
  const [{ width, offset, rem }, setRoom] = useState({ width: 0, offset: 0, rem: 16 });
  const [editing, setEditing] = useState<string | null>(null);
  const columns = Math.max(1, Math.floor((width / rem + GAP) / (LEAST_WIDTH[density] + GAP)));
  const rows = width === 0 ? 0 : Math.ceil(machines.length / columns);
  const isPrinting = usePrinting();
  const virtualizer = useVirtualizer({
    count: rows,
    getScrollElement: () => document.getElementById("main"),
    estimateSize: () => (HEIGHT[density] + GAP) * rem,
    overscan: isPrinting ? rows : OVERSCAN_ROWS,
    scrollMargin: offset,
  });

  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => setRoom({ width: element.clientWidth, offset: element.offsetTop, rem: remPx() });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another density or font size changes the heights.
  useEffect(() => virtualizer.measure(), [density, rem, virtualizer]);

  const canEdit = writable.length > 0;
  const onEdit = useCallback(
    (machine: string) => (canEdit ? setEditing(machine) : go({ view: "machine", machine })),
    [canEdit],
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const step = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -columns,
      ArrowDown: columns,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    const here = document.activeElement?.getAttribute("data-tile");
    if (step === undefined || !here || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(machines.length - 1, machines.indexOf(here) + step));
    const machine = machines[index];
    if (machine === undefined) return;
    virtualizer.scrollToIndex(Math.floor(index / columns), { align: "auto" });
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-tile="${CSS.escape(machine)}"]`)?.focus(),
    );
  };

  return (
    <SparkSeeds machines={machines} actual={density === "dense" ? null : actual}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows move among the buttons inside. */}
      <div
        ref={grid}
        className={`tiles ${density}`}
        style={{
          ["--total" as string]: `${Math.max(0, virtualizer.getTotalSize() - GAP * rem)}px`,
          ["--height" as string]: `${HEIGHT[density]}rem`,
          ["--columns" as string]: columns,
          ["--least" as string]: `${LEAST_WIDTH[density]}rem`,
          ["--figure" as string]: figureWidth(setPoint ?? actual),
        }}
        onKeyDown={onKeyDown}
      >
        {virtualizer.getVirtualItems().map((row) => (
          <div
            key={row.key}
            className="tile-row"
            style={{ transform: `translateY(${row.start - offset}px)` }}
          >
            {machines.slice(row.index * columns, (row.index + 1) * columns).map((machine) => (
              <Tile
                key={machine}
                machine={machine}
                topic={topicOf(machine)}
                density={density}
                onEdit={onEdit}
              />
            ))}
          </div>
        ))}
      </div>
      {editing !== null && <TargetEditor machine={editing} onClose={() => setEditing(null)} />}
    </SparkSeeds>
  );
}
