/** A tile to be read from across the hall: no button, nothing small. */
import { memo } from "react";
import { useCold, useFreshness } from "../live.ts";
import { doubtOf } from "./feedback.ts";
import { Hot } from "./Hot.tsx";
import { usePlant } from "./plantContext.ts";
import { GLYPH, isCritical, measured, statusWord } from "./words.ts";

export const WallTile = memo(function WallTile({ machine, topic }: { machine: string; topic: string }) {
  const { plant, clock } = usePlant();
  const view = useCold(machine);
  const freshness = useFreshness(topic);
  const { actual, setPoint } = plant.faces;
  const record = view?.record;
  const critical = isCritical(record?.status);
  const doubt = record ? doubtOf(record, freshness.isStale) : null;
  const overlay = setPoint ? view?.overlays[setPoint.name] : undefined;
  const since = typeof record?.since === "number" ? record.since : null;
  return (
    <article
      className={`wall-tile ${critical ? "is-critical" : ""} ${doubt ? "is-stale" : ""}`}
      data-machine={machine}
      data-status={String(record?.status ?? "")}
    >
      <div className="wall-body">
        <header>
          <span>{plant.machines.get(machine)?.id}</span>
          <span className="wall-status">
            {critical && `${GLYPH.critical} `}
            <span className="wall-word">{record ? statusWord(record.status) : "Waiting"}</span>
          </span>
        </header>
        {actual && (
          <p className="wall-actual">
            <Hot machine={machine} field={actual} />
            <span className="unit">{actual.unit}</span>
          </p>
        )}
        <p className={`wall-goal ${overlay ? "blue" : ""}`}>
          {critical && since !== null
            ? `since ${clock.minute(since)}`
            : doubt
              ? `${GLYPH.stale} ${doubt}`
              : setPoint &&
                record &&
                `▸ ${measured(setPoint, record[setPoint.name])}${overlay ? ` ${GLYPH.pending} pending` : ""}`}
        </p>
      </div>
    </article>
  );
});
