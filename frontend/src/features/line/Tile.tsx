/**
 * One machine at a glance. From the top: number and name; the status and its age; the actual, which is the largest;
 * the set-point, with a pending target beside it; the other fields; two lines for a note. Nothing covers anything,
 * and a tile never changes its size or place.
 *
 * A delta that only changes numbers causes no render: `LiveNumber` writes them to the page itself. The tile renders
 * again only when something else changes (`useMachine(…, "rare")`).
 */

import { memo, type ReactNode, useCallback } from "react";
import type { Field, Plant } from "../../contract/plant.ts";
import { isCritical, orEarlier, statusWord } from "../../format/index.ts";
import { useFreshness } from "../../hooks/useLiveSocket.ts";
import { hrefOf } from "../../router.ts";
import { isWaiting } from "../../session/commits.ts";
import { useMachine } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { Clip } from "../../ui/Clip.tsx";
import { doubtOf } from "../machine/feedback.ts";
import { DeviationBar, figureWidth, LiveNumber } from "../machine/LiveNumber.tsx";
import { SetPoint } from "../machine/SetPoint.tsx";
import { StatusLine } from "../machine/status.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { Spark } from "./Spark.tsx";
import { TileNote } from "./TileNote.tsx";

export type Density = "normal" | "dense" | "large";

interface TileProps {
  machine: string;
  /** The topic that keeps it live; its age is the tile's age. */
  topic: string;
  density: Density;
  onEdit: (machine: string) => void;
}

export const Tile = memo(function Tile({ machine, topic, density, onEdit }: TileProps) {
  const { plant, clock } = usePlant();
  const view = useMachine(machine, "rare");
  const freshness = useFreshness(topic);
  const about = plant.machines.get(machine);
  const id = about?.id ?? machine;
  const name = about?.name ?? "";
  const edit = useCallback(() => onEdit(machine), [onEdit, machine]);
  if (!view) return <WaitingTile id={id} name={name} plant={plant} density={density} />;

  const { record } = view;
  const { actual, setPoint, mode, others } = plant.tileFields;
  const notices = Object.values(view.notices);
  const critical = isCritical(record.status);
  const doubt = doubtOf(record, freshness.isStale);
  const classes = ["tile", density];
  if (critical) classes.push("is-critical");
  if (doubt) classes.push("is-stale");
  if (notices.some((notice) => notice.kind === "conflict")) classes.push("has-conflict");
  if (notices.some((notice) => notice.kind === "failed" && !isWaiting(notice))) classes.push("has-failed");

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tile's button does the same for the keyboard; this widens its target.
    <article
      className={classes.join(" ")}
      data-machine={machine}
      data-status={String(record.status ?? "")}
      style={{ ["--word" as string]: statusWord(record.status).length }}
      onClick={(event) => {
        if (!(event.target instanceof Element && event.target.closest("a"))) edit();
      }}
    >
      <header className="tile-head">
        <button
          type="button"
          className="tile-id"
          data-tile={machine}
          title={name ? `${id} ${name}` : id}
          onClick={(event) => {
            event.stopPropagation();
            edit();
          }}
        >
          {plant.writable.length > 0 && <span className="unseen">{t("tile-change")} </span>}
          <TileName id={id} name={name} />
        </button>
        <a
          className="tile-open"
          href={hrefOf({ view: "machine", machine })}
          aria-label={t("tile-open", { machine: id })}
          tabIndex={-1}
        >
          ›
        </a>
      </header>
      <p className="tile-status">
        <StatusLine record={record} freshness={freshness} doubt={doubt} />
      </p>
      {actual && (
        <p className="tile-actual">
          <LiveNumber machine={machine} field={actual} fits />
          <Clip text={actual.unit} className="unit" />
          {actual.type === "number" && density !== "dense" && (
            <Spark machine={machine} actual={actual} setPoint={setPoint} />
          )}
        </p>
      )}
      {setPoint && <SetPoint machine={machine} view={view} field={setPoint} />}
      {actual && setPoint && <DeviationBar machine={machine} actual={actual} setPoint={setPoint} />}
      <p className="tile-rest">
        {mode && <SetPoint machine={machine} view={view} field={mode} isSmall />}
        {fitting(others, density).map((field) => (
          <span key={field.name} className="tile-other" title={field.label || field.name}>
            <LiveNumber machine={machine} field={field} />
            {field.unit && <span className="unit">{field.unit}</span>}
          </span>
        ))}
      </p>
      <p className="tile-note">
        <TileNote
          view={view}
          freshness={freshness}
          doubt={doubt}
          isCritical={critical}
          sinceText={
            typeof record.since === "number" ? t("tile-since", { time: orEarlier(record, clock.time) }) : ""
          }
        />
      </p>
    </article>
  );
});

/** The number of digits, with their units, that fit beside the first figure on a large tile. */
const ROOM = 22;

/** The other figures that a tile has room for: one, on a large tile two if they are short. */
function fitting(others: readonly Field[], density: Density): readonly Field[] {
  const [first, second] = others;
  if (!first) return [];
  const both = second ? widthOf(first) + widthOf(second) : 0;
  return density === "large" && second && both <= ROOM ? [first, second] : [first];
}

function widthOf(field: Field): number {
  return field.type === "number" ? figureWidth(field) + field.unit.length : ROOM / 2;
}

function TileName({ id, name }: { id: string; name: string }): ReactNode {
  return (
    <>
      <span className="tile-number">{id}</span>
      {name && <span className="tile-name clip">{name}</span>}
    </>
  );
}

interface WaitingTileProps {
  id: string;
  name: string;
  plant: Plant;
  density: Density;
}

/** A tile whose machine has no data yet: its name is known, and its place is kept. */
function WaitingTile({ id, name, plant, density }: WaitingTileProps) {
  return (
    <article className={`tile waiting ${density}`} aria-busy="true">
      <header className="tile-head">
        <span className="tile-id" title={name ? `${id} ${name}` : id}>
          <TileName id={id} name={name} />
        </span>
      </header>
      <p className="tile-status">
        <Clip className="status-word" text={t("frame-not-heard")} />
      </p>
      <p className="tile-actual quiet">
        – <Clip text={plant.tileFields.actual?.unit ?? ""} className="unit" />
      </p>
    </article>
  );
}
