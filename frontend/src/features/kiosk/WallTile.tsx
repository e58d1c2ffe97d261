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

/** A longer status shrinks instead of being cut. */
const SHORTEST_WORD = 10;

/** The length of the longer line of a text that is written on two. */
export function lengthOnTwoLines(text: string): number {
  const words = text.split(" ");
  return Math.min(
    ...words.map((_, at) => Math.max(words.slice(0, at).join(" ").length, words.slice(at).join(" ").length)),
  );
}

/** Characters of a unit that are shown whole: a longer one would make the figure too small to read from afar. */
const LONGEST_UNIT = 8;

export const WallTile = memo(function WallTile({ machine, topic }: { machine: string; topic: string }) {
  const { plant } = usePlant();
  const view = useMachine(machine, "rare");
  const freshness = useFreshness(topic);
  const { actual, setPoint } = plant.tileFields;
  const about = plant.machines.get(machine);
  const record = view?.record;
  const critical = isCritical(record?.status);
  const doubt = record ? doubtOf(record, freshness.isStale) : null;
  const text = record ? statusText(record, doubt) : t("frame-not-heard");
  const classes = ["wall-tile", critical ? "is-critical" : "", doubt ? "is-stale" : ""];
  const style = {
    ["--number" as string]: (about?.id ?? machine).length,
    ["--figure" as string]: figureWidth(setPoint ?? actual),
    ["--unit" as string]: Math.min(LONGEST_UNIT, actual?.unit.length ?? 0),
    ["--word" as string]: Math.max(SHORTEST_WORD, text.length),
    ["--half" as string]: Math.max(SHORTEST_WORD, lengthOnTwoLines(text)),
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
            <Clip className="status-word" text={text} />
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
