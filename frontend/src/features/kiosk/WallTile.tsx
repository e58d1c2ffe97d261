/** A tile that people can read from far away: always number, status, actual with its unit, and the target. */

import { memo } from "react";
import { isCritical } from "../../format/index.ts";
import { useFreshness } from "../../hooks/useLiveSocket.ts";
import { useMachine } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { Clip } from "../../ui/Clip.tsx";
import { doubtOf } from "../machine/feedback.ts";
import { figureWidth, LiveNumber } from "../machine/LiveNumber.tsx";
import { SetPoint } from "../machine/SetPoint.tsx";
import { StatusFor, StatusWord, statusText } from "../machine/status.tsx";
import { usePlant } from "../plant/plantContext.ts";

/** A longer word shrinks instead of being cut. */
const SHORTEST_WORD = 10;

export const WallTile = memo(function WallTile({ machine, topic }: { machine: string; topic: string }) {
  const { plant } = usePlant();
  const view = useMachine(machine, "rare");
  const freshness = useFreshness(topic);
  const { actual, setPoint } = plant.tileFields;
  const about = plant.machines.get(machine);
  const record = view?.record;
  const critical = isCritical(record?.status);
  const doubt = record ? doubtOf(record, freshness.isStale) : null;
  const classes = ["wall-tile", critical ? "is-critical" : "", doubt ? "is-stale" : ""];
  const style = {
    ["--number" as string]: (about?.id ?? machine).length,
    ["--figure" as string]: figureWidth(setPoint ?? actual),
    ["--unit" as string]: actual?.unit.length ?? 0,
    ["--word" as string]: Math.max(SHORTEST_WORD, record ? statusText(record, doubt).length : 0),
  };
  return (
    <article
      className={classes.filter(Boolean).join(" ")}
      data-machine={machine}
      data-status={String(record?.status ?? "")}
      style={style}
    >
      <div className="wall-body">
        <p className="wall-head">
          <Clip text={about?.id ?? machine} className="wall-number" />
          {record && <StatusFor record={record} freshness={freshness} doubt={doubt} />}
        </p>
        <p className="tile-status">
          {record ? (
            <StatusWord record={record} doubt={doubt} />
          ) : (
            <Clip className="status-word" text={t("frame-not-heard")} />
          )}
        </p>
        {actual && (
          <p className="wall-actual">
            <LiveNumber machine={machine} field={actual} fits />
            <Clip text={actual.unit} className="unit" />
          </p>
        )}
        {setPoint && view && <SetPoint machine={machine} view={view} field={setPoint} />}
      </div>
    </article>
  );
});
