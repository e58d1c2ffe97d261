/**
 * Machines as tiles, as many columns as fit, only the visible rows mounted. Tab goes by tile, arrows move among
 * them, also to tiles that are not mounted yet.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { figureWidth } from "./Hot.tsx";
import { usePlant } from "./plantContext.ts";
import { TargetEditor } from "./TargetEditor.tsx";
import { type Density, Tile } from "./Tile.tsx";

const GAP = 8;
const LEAST_WIDTH: Record<Density, number> = { dense: 176, normal: 236, large: 340 };
const HEIGHT: Record<Density, number> = { dense: 96, normal: 156, large: 232 };
const OVERSCAN_ROWS = 2;

interface TileGridProps {
  machines: readonly string[];
  topicOf: (machine: string) => string;
  density: Density;
}

export function TileGrid({ machines, topicOf, density }: TileGridProps) {
  const { actual, setPoint } = usePlant().plant.faces;
  const grid = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [offset, setOffset] = useState(0);
  const [editing, setEditing] = useState<string | null>(null);
  const columns = Math.max(1, Math.floor((width + GAP) / (LEAST_WIDTH[density] + GAP)));
  const rows = width === 0 ? 0 : Math.ceil(machines.length / columns);
  const virtualizer = useVirtualizer({
    count: rows,
    getScrollElement: () => document.getElementById("main"),
    estimateSize: () => HEIGHT[density] + GAP,
    overscan: OVERSCAN_ROWS,
    scrollMargin: offset,
  });

  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      setWidth(element.clientWidth);
      setOffset(element.offsetTop);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new density is new heights, which must be measured anew.
  useEffect(() => virtualizer.measure(), [density, virtualizer]);

  const onEdit = useCallback((machine: string) => setEditing(machine), []);

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
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows move among the buttons inside. */}
      <div
        ref={grid}
        className={`tiles ${density}`}
        style={{
          height: Math.max(0, virtualizer.getTotalSize() - GAP),
          ["--figure" as string]: figureWidth(setPoint ?? actual),
        }}
        onKeyDown={onKeyDown}
      >
        {virtualizer.getVirtualItems().map((row) => (
          <div
            key={row.key}
            className="tile-row"
            style={{
              transform: `translateY(${row.start - offset}px)`,
              height: HEIGHT[density],
              gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            }}
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
    </>
  );
}
