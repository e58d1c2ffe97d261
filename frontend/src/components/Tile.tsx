/**
 * One machine at a glance. The actual is the largest thing and is never hidden; the set-point stands under it, and
 * a pending target takes its place in blue. A tile never changes size or place.
 *
 * A delta that only moves numbers costs no render: the hot values write themselves (`Hot`), and the tile renders
 * again only when something rare changes (`useCold`).
 */
import { memo, useCallback } from "react";
import type { Faces, Field } from "../api/plant.ts";
import { type Freshness, type MachineView, useCold, useFreshness } from "../live.ts";
import { hrefOf } from "../router.ts";
import { doubtOf, feedbackOf } from "./feedback.ts";
import { DeviationBar, Hot } from "./Hot.tsx";
import { usePlant } from "./plantContext.ts";
import { Age } from "./ticker.tsx";
import { GLYPH, isCritical, measured, shown, statusWord } from "./words.ts";

export type Density = "normal" | "dense" | "large";

interface TileProps {
  machine: string;
  /** The topic that keeps it live: its age is the tile's. */
  topic: string;
  density: Density;
  onEdit: (machine: string) => void;
}

export const Tile = memo(function Tile({ machine, topic, density, onEdit }: TileProps) {
  const { plant, clock } = usePlant();
  const view = useCold(machine);
  const freshness = useFreshness(topic);
  const about = plant.machines.get(machine);
  const id = about?.id ?? machine;
  const edit = useCallback(() => onEdit(machine), [onEdit, machine]);
  if (!view) return <SkeletonTile id={id} name={about?.name ?? ""} faces={plant.faces} />;

  const { record } = view;
  const notices = Object.values(view.notices);
  const critical = isCritical(record.status);
  const doubt = doubtOf(record, freshness.isStale);
  const voided = notices.filter((notice) => notice.kind === "cancelled").length;
  const since = typeof record.since === "number" ? record.since : null;
  const classes = ["tile", density];
  if (critical) classes.push("is-critical");
  if (doubt) classes.push("is-stale");
  if (notices.some((notice) => notice.kind === "conflict")) classes.push("has-conflict");
  if (notices.some((notice) => notice.kind === "failed")) classes.push("has-failed");

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tile's button does the same for the keyboard; this widens its target.
    <article
      className={classes.join(" ")}
      data-machine={machine}
      data-status={String(record.status ?? "")}
      onClick={(event) => {
        if (!(event.target instanceof Element && event.target.closest("a"))) edit();
      }}
    >
      <header className="tile-head">
        <button
          type="button"
          className="tile-id"
          data-tile={machine}
          onClick={(event) => {
            event.stopPropagation();
            edit();
          }}
        >
          <span className="unseen">Change </span>
          {id}
          <span className="tile-name">{about?.name}</span>
        </button>
        {critical ? (
          <strong className="tile-status">
            {GLYPH.critical} {statusWord(record.status)}
          </strong>
        ) : (
          <span className="tile-status quiet">{statusWord(record.status)}</span>
        )}
        <a
          className="tile-open"
          href={hrefOf({ view: "machine", machine })}
          aria-label={`Open ${id}`}
          tabIndex={-1}
        >
          ›
        </a>
      </header>
      {plant.faces.actual && (
        <p className="tile-actual">
          <Hot machine={machine} field={plant.faces.actual} />
          <span className="unit">{plant.faces.actual.unit}</span>
        </p>
      )}
      {plant.faces.setPoint && <SetPoint view={view} field={plant.faces.setPoint} />}
      <p className="tile-rest">
        {plant.faces.mode && <SetPoint view={view} field={plant.faces.mode} isSmall />}
        {plant.faces.others.slice(0, density === "large" ? 3 : 1).map((field) => (
          <span key={field.name} className="tile-other">
            <Hot machine={machine} field={field} />
            {field.unit && <span className="unit">{field.unit}</span>}
          </span>
        ))}
      </p>
      {plant.faces.actual && plant.faces.setPoint && (
        <DeviationBar machine={machine} actual={plant.faces.actual} setPoint={plant.faces.setPoint} />
      )}
      <p className="tile-note">
        <TileNote
          view={view}
          freshness={freshness}
          doubt={doubt}
          voided={voided}
          since={since}
          time={clock.time}
          isCritical={critical}
        />
      </p>
    </article>
  );
});

/** The set-point as the person should take it: the machine's own, or the target that waits, with its state. */
export function SetPoint({
  view,
  field,
  isSmall = false,
}: {
  view: MachineView;
  field: Field;
  isSmall?: boolean;
}) {
  const overlay = view.overlays[field.name];
  const feedback = feedbackOf(overlay, view.notices[field.name]);
  const own = overlay ? overlay.server : view.record[field.name];
  const title = overlay ? `The machine reports ${measured(field, own)}` : undefined;
  return (
    <span
      className={`set-point ${isSmall ? "small" : ""} ${feedback ? `is-${feedback.state}` : ""}`}
      title={title}
    >
      {!isSmall && (
        <span className="set-arrow" aria-hidden="true">
          ▸
        </span>
      )}
      <span className="unseen">{field.label || field.name} </span>
      <span className="set-value">{shown(field, view.record[field.name])}</span>
      {field.unit && <span className="unit">{field.unit}</span>}
      {overlay && (
        <span className="set-state">
          <span aria-hidden="true">{feedback?.glyph}</span>{" "}
          {overlay.phase !== "confirmed" && <span className="spinner" aria-hidden="true" />}{" "}
          {isSmall ? <span className="unseen">{feedback?.text}</span> : feedback?.text}{" "}
          <Age sinceMs={overlay.atMs} />
        </span>
      )}
      {!overlay && feedback?.state === "reconciled" && (
        <span className="set-state">
          {feedback.glyph} {isSmall ? "" : feedback.text}
        </span>
      )}
    </span>
  );
}

interface NoteProps {
  view: MachineView;
  freshness: Freshness;
  doubt: string | null;
  voided: number;
  since: number | null;
  isCritical: boolean;
  time: (seconds: number) => string;
}

/** The one line at the foot of a tile: the gravest thing that is to be said. */
function TileNote({ view, freshness, doubt, voided, since, isCritical: critical, time }: NoteProps) {
  const seen = view.record.seen;
  if (critical) {
    return (
      <span className="critical">
        {doubt ? `${doubt}; last known. ` : ""}
        {since === null ? "" : `Since ${time(since)}`}
        {voided > 0 ? ` · ${voided === 1 ? "1 target" : `${voided} targets`} voided` : ""}
      </span>
    );
  }
  const loud = Object.values(view.notices).find(
    (notice) => notice.kind !== "reconciled" && notice.kind !== "superseded",
  );
  const feedback = loud ? feedbackOf(undefined, loud) : null;
  if (feedback) {
    return (
      <span className={`note is-${feedback.state}`} title={feedback.text}>
        {feedback.glyph} {feedback.text}
      </span>
    );
  }
  if (doubt) {
    return (
      <span className="amber">
        {GLYPH.stale} {doubt}{" "}
        {typeof seen === "number" ? (
          <Age since={seen} suffix=" ago" />
        ) : freshness.lastMs !== null ? (
          <Age sinceMs={freshness.lastMs} suffix=" ago" />
        ) : null}
      </span>
    );
  }
  return null;
}

/** A tile whose machine has not been heard of yet: its name is known, its place is kept. */
function SkeletonTile({ id, name, faces }: { id: string; name: string; faces: Faces }) {
  return (
    <article className="tile skeleton" aria-busy="true">
      <header className="tile-head">
        <span className="tile-id">
          {id} <span className="tile-name">{name}</span>
        </span>
      </header>
      <p className="tile-actual quiet">
        – <span className="unit">{faces.actual?.unit}</span>
      </p>
      <p className="tile-note quiet">Waiting for its first values</p>
    </article>
  );
}
