/**
 * Only what needs attention: every critical machine, newest first, each a link; then how many targets wait, how many
 * machines are not surely live. The page's title tells the same when nobody looks.
 */
import { useEffect } from "react";
import { useConcerns, useConnection } from "../live.ts";
import { hrefOf } from "../router.ts";
import { usePlant } from "./plantContext.ts";
import { GLYPH, plural, statusWord } from "./words.ts";

const MOST_LISTED = 6;

export function Strip() {
  const { plant, clock } = usePlant();
  const concerns = useConcerns();
  const { critical, pending, doubtful, conflicts } = concerns;
  const { lastFrameMs } = useConnection();
  const isQuiet = critical.length + pending.length + doubtful.length + conflicts.length === 0;
  useTitle(critical.length, plant.name);
  return (
    <section className="strip" aria-label="What needs attention">
      <ul className="strip-criticals" aria-live="polite">
        {critical.slice(0, MOST_LISTED).map(({ machine, status, since }) => {
          const about = plant.machines.get(machine);
          return (
            <li key={machine}>
              <a className="strip-critical" href={hrefOf({ view: "machine", machine })}>
                {GLYPH.critical} {statusWord(status)} <strong>{about?.id}</strong>
                {since === null ? "" : ` since ${clock.minute(since)}`} (line {about?.line})
              </a>
            </li>
          );
        })}
        {critical.length > MOST_LISTED && (
          <li>
            <a className="strip-critical" href={hrefOf({ view: "plant" })}>
              {GLYPH.critical} and {critical.length - MOST_LISTED} more
            </a>
          </li>
        )}
      </ul>
      <ul className="strip-counts" aria-live="polite">
        {conflicts.length > 0 && (
          <li className="amber">
            {GLYPH.conflict} {plural(conflicts.length, "conflict")}
          </li>
        )}
        {pending.length > 0 && (
          <li className="blue">
            {GLYPH.pending} {pending.length} pending
          </li>
        )}
        {doubtful.length > 0 && (
          <li className="amber">
            {GLYPH.stale} {plural(doubtful.length, "machine")} not live
          </li>
        )}
        {isQuiet && (
          <li className="quiet">{lastFrameMs === null ? "Not known yet." : "Nothing needs attention."}</li>
        )}
      </ul>
      <span className="spring" />
      <a className="button strip-upload" href={hrefOf({ view: "upload" })}>
        Drop workbook
      </a>
    </section>
  );
}

function useTitle(critical: number, plantName: string): void {
  useEffect(() => {
    document.title =
      critical > 0 ? `${GLYPH.critical} ${critical} critical · ${plantName}` : `${plantName} · Setpoint`;
  }, [critical, plantName]);
}
