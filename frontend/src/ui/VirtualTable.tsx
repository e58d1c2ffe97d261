/**
 * A table of any length: a real `<table>` that mounts only its visible rows. A row grows with its note, so
 * that no note is cut; the heights of rows that were not seen yet are estimated.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
import { remPx } from "./rem.ts";
import { useNarrow } from "./useNarrow.ts";
import { usePrinting } from "./usePrinting.ts";

export interface Column<Row> {
  readonly name: string;
  readonly label: ReactNode;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => ReactNode;
}

interface VirtualTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  classOf?: (row: Row) => string;
}

/** Heights in rem, at least. In a table that is narrower, each row is a card of three lines (table.css). */
const ROW = 2.25;
const CARD = 5.25;
const NARROW = 46;

export function VirtualTable<Row>({ label, columns, rows, keyOf, classOf }: VirtualTableProps<Row>) {
  const scroller = useRef<HTMLElement>(null);
  const isNarrow = useNarrow(scroller, NARROW);
  const rowHeight = isNarrow ? CARD : ROW;
  const isPrinting = usePrinting();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight * remPx(),
    overscan: isPrinting ? rows.length : 12,
    initialRect: { width: 1000, height: 800 },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height changes the estimated sizes.
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
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
                {column.label}
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
              <tr
                key={keyOf(row)}
                ref={virtualizer.measureElement}
                data-index={item.index}
                aria-rowindex={item.index + 2}
                className={classOf?.(row) ?? ""}
                style={isNarrow ? { minHeight: `${CARD}rem` } : { height: `${ROW}rem` }}
              >
                {columns.map((column) => (
                  <td key={column.name} className={`col-${column.name} ${column.isNumber ? "number" : ""}`}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
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
