/**
 * The number of items of a list that do not fit. The list wraps, and hides whatever is beyond its height, so that no
 * item is cut in two.
 */
import { type RefObject, useLayoutEffect, useState } from "react";

export function useOverflow(list: RefObject<HTMLElement | null>, items: readonly unknown[]): number {
  const [hidden, setHidden] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other items are other sizes.
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      const bottom = element.getBoundingClientRect().bottom + 1;
      const children = [...element.children];
      setHidden(children.filter((child) => child.getBoundingClientRect().bottom > bottom).length);
    };
    measure();
    const observer = new ResizeObserver(measure);
    for (const each of [element, ...element.children]) observer.observe(each);
    return () => observer.disconnect();
  }, [list, items]);
  return hidden;
}
