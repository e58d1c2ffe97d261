/** One machine that needs attention, as a row that opens it: what, since when, where. */

import { GLYPH, qualityWord, statusWord } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import type { Concern } from "../../session/concerns.ts";
import { Age } from "../../ui/Age.tsx";
import { StatusIcon } from "../../ui/StatusIcon.tsx";
import { usePlant } from "../plant/plantContext.ts";

export function ConcernRow({ concern }: { concern: Concern }) {
  const { plant, clock } = usePlant();
  const { machine, isCritical, status, since, quality, seen } = concern;
  const about = plant.machines.get(machine);
  const isLastKnown = quality !== "GOOD";
  return (
    <li>
      <a
        href={hrefOf({ view: "machine", machine })}
        className={isCritical ? "is-critical" : ""}
        data-alert={status}
      >
        <strong>{about?.id ?? machine}</strong>
        <span>
          {isCritical ? <StatusIcon status={status ?? ""} /> : GLYPH.stale}{" "}
          {isCritical ? statusWord(status) : qualityWord(quality)}
        </span>
        <span>
          {isCritical && isLastKnown && `${GLYPH.stale} last known · `}
          {isCritical && since !== null && (
            <>
              since {clock.time(since)} · <Age since={since} />
            </>
          )}
          {!isCritical && seen !== null && (
            <>
              last contact {clock.time(seen)} · <Age since={seen} suffix=" ago" />
            </>
          )}
        </span>
        <span className="quiet">
          {about?.name ? `${about.name} · ` : ""}line {about?.line}
        </span>
      </a>
    </li>
  );
}
