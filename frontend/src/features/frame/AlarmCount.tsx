/** The number of unacknowledged alarms by priority, beside their link, on every page. */
import { useQuery } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { t } from "../../texts/catalogue.ts";
import { z } from "../../zod.ts";

const AGAIN_MS = 5_000;
const GLYPHS = { critical: "■", high: "▲", medium: "●", low: "○" } as const;
const PRIORITIES = ["critical", "high", "medium", "low"] as const;
const Open = z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() });

export function fetchOpenAlarms(signal: AbortSignal) {
  return api.askFor(Open, "/api/alarms/open", { signal });
}

export function AlarmCount() {
  const { data } = useQuery({
    queryKey: ["alarms", "open"],
    queryFn: ({ signal }) => fetchOpenAlarms(signal),
    refetchInterval: AGAIN_MS,
  });
  if (!data) return null;
  const shown = PRIORITIES.filter((priority) => data[priority] > 0);
  if (shown.length === 0) return null;
  return (
    <span className="alarm-count" title={t("frame-alarms-open", data)}>
      <span className="unseen">{t("frame-alarms-open", data)}</span>
      {shown.map((priority) => (
        <span key={priority} aria-hidden="true" className={`is-${priority}`}>
          {GLYPHS[priority]} {data[priority]}
        </span>
      ))}
    </span>
  );
}
