/**
 * What time alone changes: ages. One timer for the page, and the text is written straight to its node, so that a
 * thousand counting ages cost no render.
 */
import { useEffect, useRef } from "react";
import { ageWords } from "../format/index.ts";
import { serverTime } from "../session/live.ts";

const STEP_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Calls back once a second, and when the page is shown again. */
export function onTick(listener: () => void): () => void {
  if (listeners.size === 0) {
    timer = setInterval(tick, STEP_MS);
    document.addEventListener("visibilitychange", tick);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    document.removeEventListener("visibilitychange", tick);
  };
}

function tick(): void {
  if (document.visibilityState === "hidden") return;
  for (const listener of listeners) listener();
}

/** `30 s`, `4 min`: counting from an instant, in Unix seconds by the server's clock or on the page's monotonic one. */
export function Age(props: { sinceMs: number; suffix?: string } | { since: number; suffix?: string }) {
  const node = useRef<HTMLSpanElement>(null);
  const { suffix = "" } = props;
  const isMonotonic = "sinceMs" in props;
  const start = isMonotonic ? props.sinceMs : props.since * 1000;
  useEffect(() => {
    let last = "";
    const write = () => {
      const now = isMonotonic ? performance.now() : serverTime() * 1000;
      const text = ageWords(now - start) + suffix;
      if (text === last || !node.current) return;
      last = text;
      node.current.textContent = text;
    };
    write();
    return onTick(write);
  }, [isMonotonic, start, suffix]);
  return <span ref={node} className="age" />;
}
