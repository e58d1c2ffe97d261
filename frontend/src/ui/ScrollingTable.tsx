/** A table in its own scrolling region, which has a name and can be scrolled with the keyboard. */
import type { ReactNode } from "react";

interface ScrollingTableProps {
  label: string;
  className?: string;
  children: ReactNode;
}

export function ScrollingTable({ label, className, children }: ScrollingTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard.
    <section className="table-scroll" aria-label={label} tabIndex={0}>
      <table className={className ? `table ${className}` : "table"}>{children}</table>
    </section>
  );
}
