/** The number of unacknowledged alarms by priority, beside their link, on every page. */
import { t } from "../../texts/catalogue.ts";
import { useOpenAlarms } from "../alarms/openAlarms.ts";

const GLYPHS = { critical: "■", high: "▲", medium: "●", low: "○" } as const;
const PRIORITIES = ["critical", "high", "medium", "low"] as const;

export function AlarmCount() {
  const { open } = useOpenAlarms();
  if (!open) return null;
  const shown = PRIORITIES.filter((priority) => open[priority] > 0);
  if (shown.length === 0) return null;
  return (
    <span className="alarm-count" title={t("frame-alarms-open", open)}>
      <span className="unseen">{t("frame-alarms-open", open)}</span>
      {shown.map((priority) => (
        <span key={priority} aria-hidden="true" className={`is-${priority}`}>
          {GLYPHS[priority]} {open[priority]}
        </span>
      ))}
    </span>
  );
}
