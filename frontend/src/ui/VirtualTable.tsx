/**
 * A table of any length: a real `<table>` that mounts only its visible rows. A row grows with its note, so
 * that no note is cut; the heights of rows that were not seen yet are estimated.
 */
import { measureElement, useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { memo, type ReactNode, useEffect, useRef } from "react";
import { remPx } from "./rem.ts";
import { useNarrow } from "./useNarrow.ts";
import { usePrinting } from "./usePrinting.ts";

export interface Column<Row> {
  readonly name: string;
  /** A function gets the rows of the whole table. */
  readonly label: ReactNode | ((rows: readonly Row[]) => ReactNode);
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

interface VirtualTableProps<Row> {
  label: string;
  /** Pass the same array as long as the columns show the same, so that only changed rows are rendered again. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  classOf?: (row: Row) => string;
}

/**
 * In rem. `ROW` and `CARD` are the least heights. In a table narrower than `NARROW`, each row is a card of three lines
 * (table.css).
 */
const ROW = 2.25;
const CARD = 5.25;
const NARROW = 46;

export function VirtualTable<Row>({ label, columns, rows, keyOf, classOf }: VirtualTableProps<Row>) {
  const scroller = useRef<HTMLElement>(null);
  const isNarrow = useNarrow(scroller, NARROW);
  /** Read once, before anything is mounted. Later, the browser would have to recalculate all styles for it. */
  const rowHeight = (isNarrow ? CARD : ROW) * remPx();
  const isPrinting = usePrinting();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    measureElement: measuredByObserver,
    overscan: isPrinting ? rows.length : 12,
    initialRect: { width: 1000, height: 480 },
  });
  const estimated = useRef(rowHeight);
  useEffect(() => {
    if (estimated.current === rowHeight) return;
    estimated.current = rowHeight;
    virtualizer.measure();
  }, [virtualizer, rowHeight]);
  const items = virtualizer.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtualizer.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard.
    <section ref={scroller} className="table-scroll virtual" aria-label={label} tabIndex={0}>
      <table className={isNarrow ? "table is-cards" : "table"} aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={`col-${column.name} ${column.isNumber ? "number" : ""}`}
              >
                {typeof column.label === "function" ? column.label(rows) : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && (
            <tr className="space">
              <td colSpan={columns.length} className="spacer" style={{ height: before }} />
            </tr>
          )}
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <Line
                key={keyOf(row)}
                row={row}
                index={item.index}
                columns={columns}
                className={classOf?.(row) ?? ""}
                isNarrow={isNarrow}
                measure={virtualizer.measureElement}
              />
            );
          })}
          {after > 0 && (
            <tr className="space">
              <td colSpan={columns.length} className="spacer" style={{ height: after }} />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}

interface LineProps<Row> {
  row: Row;
  index: number;
  columns: readonly Column<Row>[];
  className: string;
  isNarrow: boolean;
  measure: (line: Element | null) => void;
}

/** One row: rendered again when it or its columns change, but not when the table is scrolled or measured. */
const Line = memo(function Line<Row>({ row, index, columns, className, isNarrow, measure }: LineProps<Row>) {
  return (
    <tr
      ref={measure}
      data-index={index}
      aria-rowindex={index + 2}
      className={className}
      style={isNarrow ? { minHeight: `${CARD}rem` } : { height: `${ROW}rem` }}
    >
      {columns.map((column) => (
        <td key={column.name} className={`col-${column.name} ${column.isNumber ? "number" : ""}`}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}) as <Row>(props: LineProps<Row>) => ReactNode;

/**
 * The height of a row comes with the browser's own layout, and is estimated until then; the rows follow each other in
 * any case. Measuring a row as it is mounted would force a layout within that task, and a commit or a new preview would
 * have to wait for it.
 */
function measuredByObserver(
  row: Element,
  entry: ResizeObserverEntry | undefined,
  virtualizer: Virtualizer<HTMLElement, Element>,
): number {
  if (entry) return measureElement(row, entry, virtualizer);
  const index = virtualizer.indexFromElement(row);
  const { getItemKey, estimateSize } = virtualizer.options;
  return virtualizer.itemSizeCache.get(getItemKey(index)) ?? estimateSize(index);
}
