/**
 * An age, which time alone changes: the text is written straight to its node, so that a thousand counting ages cost no
 * render.
 */
import { useEffect, useRef } from "react";
import { ageWords } from "../format/index.ts";
import { useSession } from "../session/context.tsx";
import { onTick } from "../session/ticker.ts";

/** `30 s`, `4 min`: counting from an instant, in Unix seconds by the server's clock or on the page's monotonic one. */
export function Age(props: { sinceMs: number; suffix?: string } | { since: number; suffix?: string }) {
  const session = useSession();
  const node = useRef<HTMLSpanElement>(null);
  const { suffix = "" } = props;
  const isMonotonic = "sinceMs" in props;
  const start = isMonotonic ? props.sinceMs : props.since * 1000;
  useEffect(() => {
    let last = "";
    const write = () => {
      const now = isMonotonic ? performance.now() : session.serverTime() * 1000;
      const text = ageWords(now - start) + suffix;
      if (text === last || !node.current) return;
      last = text;
      node.current.textContent = text;
    };
    write();
    return onTick(write);
  }, [session, isMonotonic, start, suffix]);
  return <span ref={node} className="age" />;
}
