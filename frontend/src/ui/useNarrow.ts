/**
 * Whether the parts of an element do not fit beside each other. Widths are measured in letters, so that large text
 * counts as a narrow window.
 */
import { type RefObject, useLayoutEffect, useState } from "react";
import { remPx } from "./rem.ts";

/** `least` is in rem. The element also counts as narrow at any width at which its content did not fit. */
export function useNarrow(element: RefObject<HTMLElement | null>, least: number): boolean {
  const [width, setWidth] = useState(0);
  const [overflownAt, setOverflownAt] = useState(0);
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) return;
    const measure = () => setWidth(node.clientWidth);
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(node);
    return () => resized.disconnect();
  }, [element]);
  const isNarrow = width > 0 && (width < least * remPx() || width <= overflownAt);
  useLayoutEffect(() => {
    const node = element.current;
    if (node && !isNarrow && node.scrollWidth > node.clientWidth + 1) setOverflownAt(node.clientWidth);
  });
  return isNarrow;
}
