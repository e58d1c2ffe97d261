/**
 * An age that changes with time: the text is written directly to its node, so that a thousand ages cost no render.
 */

import { useEffect, useRef } from "react";
import { ageWords } from "../format/index.ts";
import { useSession } from "../session/context.tsx";
import { onTick } from "../session/ticker.ts";
import { t } from "../texts/catalogue.ts";

/** `30 s`, `4 min`, `30 s ago` or `≥ 30 s`: counting from an instant, in Unix seconds by the server's clock or on the page's monotonic one. */
export function Age(
  props: ({ sinceMs: number } | { since: number }) & { isAgo?: boolean; isAtLeast?: boolean },
) {
  const session = useSession();
  const node = useRef<HTMLSpanElement>(null);
  const { isAgo = false, isAtLeast = false } = props;
  const isMonotonic = "sinceMs" in props;
  const start = isMonotonic ? props.sinceMs : props.since * 1000;
  useEffect(() => {
    let last = "";
    const write = () => {
      const now = isMonotonic ? performance.now() : session.serverTime() * 1000;
      const age = ageWords(now - start);
      const text = isAgo ? t("age-ago", { age }) : isAtLeast ? t("age-at-least", { age }) : age;
      if (text === last || !node.current) return;
      last = text;
      node.current.textContent = text;
    };
    write();
    return onTick(write);
  }, [session, isMonotonic, start, isAgo, isAtLeast]);
  return <span ref={node} className="age" />;
}
