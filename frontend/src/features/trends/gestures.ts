/** Zoom and pan of a chart: wheel, drag, two fingers, and keys. Reports instants and factors, and decides nothing. */

export interface Gestures {
  /** `factor` below 1 shows less time; `share` is where the pointer is, 0 at the left. */
  zoom(factor: number, share: number): void;
  /** By a share of the width; to the right is later. */
  pan(share: number): void;
  /** Back to now. */
  live(): void;
}

const WHEEL = 1.2;
const KEY_PAN = 0.2;

/** Listens until the returned function is called. */
export function listen(area: HTMLElement, chart: () => HTMLElement | null, to: Gestures): () => void {
  const pointers = new Map<number, number>();
  const shareOf = (x: number): number => {
    const box = (chart() ?? area).getBoundingClientRect();
    return Math.min(1, Math.max(0, (x - box.left) / Math.max(1, box.width)));
  };
  const width = (): number => Math.max(1, (chart() ?? area).getBoundingClientRect().width);

  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      to.pan((event.deltaX || event.deltaY) / width());
    } else to.zoom(event.deltaY > 0 ? WHEEL : 1 / WHEEL, shareOf(event.clientX));
  };
  const onDown = (event: PointerEvent) => {
    if (event.button !== 0 || !chart()?.contains(event.target as Node)) return;
    pointers.set(event.pointerId, event.clientX);
    area.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, event.clientX);
    if (other === undefined) to.pan((before - event.clientX) / width());
    else {
      const apart = Math.abs(before - other);
      const now = Math.abs(event.clientX - other);
      if (apart > 10 && now > 10) to.zoom(apart / now, shareOf((event.clientX + other) / 2));
    }
  };
  const onUp = (event: PointerEvent) => pointers.delete(event.pointerId);
  const onKey = (event: KeyboardEvent) => {
    const done = {
      ArrowLeft: () => to.pan(-KEY_PAN),
      ArrowRight: () => to.pan(KEY_PAN),
      "+": () => to.zoom(0.5, 0.5),
      "=": () => to.zoom(0.5, 0.5),
      "-": () => to.zoom(2, 0.5),
      End: () => to.live(),
      Escape: () => to.live(),
    }[event.key];
    if (!done || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    done();
  };
  const onDouble = () => to.live();

  area.addEventListener("wheel", onWheel, { passive: false });
  area.addEventListener("pointerdown", onDown);
  area.addEventListener("pointermove", onMove);
  area.addEventListener("pointerup", onUp);
  area.addEventListener("pointercancel", onUp);
  area.addEventListener("keydown", onKey);
  area.addEventListener("dblclick", onDouble);
  return () => {
    area.removeEventListener("wheel", onWheel);
    area.removeEventListener("pointerdown", onDown);
    area.removeEventListener("pointermove", onMove);
    area.removeEventListener("pointerup", onUp);
    area.removeEventListener("pointercancel", onUp);
    area.removeEventListener("keydown", onKey);
    area.removeEventListener("dblclick", onDouble);
  };
}
