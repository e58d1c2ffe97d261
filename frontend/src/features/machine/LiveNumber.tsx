/**
 * A number that changes many times a second: written straight to its text node, past React, and laid out on its own.
 * Everything that is rare (units, states, words) goes through React as usual.
 */
import { useEffect, useRef } from "react";
import type { Field } from "../../contract/plant.ts";
import { NO_READING, roomOf, shown } from "../../format/index.ts";
import { useSession } from "../../session/context.tsx";

/** The width of a field's values in digits: its figures keep that room, so that nothing beside them moves. */
export function figureWidth(field: Field | null): number {
  if (field?.type !== "number") return 0;
  return figuresIn(shown(field, field.maximum ?? 9_999));
}

/** The width of a text in digits: marks between digits are half as wide. */
function figuresIn(text: string): number {
  return text.length - (text.match(/[,.]/g)?.length ?? 0) / 2;
}

interface LiveNumberProps {
  machine: string;
  field: Field;
  className?: string;
  /** The font size shrinks for a value that is wider than expected, so that it is never cut. */
  fits?: boolean;
}

export function LiveNumber({ machine, field, className, fits = false }: LiveNumberProps) {
  const session = useSession();
  const node = useRef<HTMLSpanElement>(null);
  const room = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let last: string | undefined;
    let lastRoom: string | undefined;
    let widest = fits ? figureWidth(field) : Number.POSITIVE_INFINITY;
    const write = () => {
      const text = shown(field, session.machine(machine)?.record[field.name]);
      if (text === last || !node.current) return;
      last = text;
      const width = figuresIn(text);
      if (width > widest) {
        widest = width;
        node.current.closest<HTMLElement>("article")?.style.setProperty("--figure", String(width));
      }
      const needed = roomOf(text);
      if (needed !== lastRoom) room.current?.setAttribute("data-room", needed);
      lastRoom = needed;
      const child = node.current.firstChild;
      if (child instanceof Text) child.data = text;
      else node.current.textContent = text;
    };
    write();
    return session.onMachine(machine, write);
  }, [session, machine, field, fits]);
  const classes = `hot ${className ?? ""}`;
  if (field.type !== "number")
    return (
      <span ref={node} className={classes}>
        {NO_READING}
      </span>
    );
  return (
    <span ref={room} className={`${classes} has-room`} data-room={NO_READING}>
      <span ref={node} className="own-layout">
        {NO_READING}
      </span>
    </span>
  );
}

/**
 * How far the actual is from its set-point: a bar from zero to the field's maximum, and a mark at the set-point. Only
 * transforms move it, so that nothing is laid out again.
 */
export function DeviationBar({
  machine,
  actual,
  setPoint,
}: {
  machine: string;
  actual: Field;
  setPoint: Field;
}) {
  const session = useSession();
  const bar = useRef<HTMLSpanElement>(null);
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const top = setPoint.maximum ?? actual.maximum ?? 100;
    const share = (value: unknown) => (typeof value === "number" ? Math.max(0, Math.min(1, value / top)) : 0);
    let lastBar = -1;
    let lastMark = -1;
    const write = () => {
      const record = session.machine(machine)?.record;
      const at = Math.round(share(record?.[actual.name]) * 200) / 200;
      const goal = Math.round(share(record?.[setPoint.name]) * 200) / 200;
      if (at !== lastBar && bar.current) bar.current.style.transform = `scaleX(${at})`;
      if (goal !== lastMark && mark.current) mark.current.style.transform = `translateX(${goal * 100}%)`;
      lastBar = at;
      lastMark = goal;
    };
    write();
    return session.onMachine(machine, write);
  }, [session, machine, actual, setPoint]);
  return (
    <span className="deviation" aria-hidden="true">
      <span ref={bar} className="deviation-bar" />
      <span ref={mark} className="deviation-mark" />
    </span>
  );
}
