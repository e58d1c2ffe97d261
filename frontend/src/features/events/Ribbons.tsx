/**
 * A ribbon of states for each machine: when it ran, was idle, and was stopped. Height and colour show the same; where
 * nothing is known, the ribbon is empty. Up and down go from machine to machine, left and right from state to state,
 * and the line below says which it is.
 */
import { type KeyboardEvent, type PointerEvent, useState } from "react";
import { statusWord } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import { durationWords } from "../shifts/words.ts";
import { KINDS, kindOf, pathOf, placeAt, type Stretch, ticksOf, timesOf } from "./ribbon.ts";
import type { States } from "./useStates.ts";
import "./ribbon.css";

const WIDTH = 1_000;
const SHAPES = {
  running: { top: 3, height: 7 },
  idle: { top: 7, height: 3 },
  locked: { top: 0, height: 10 },
  critical: { top: 0, height: 10 },
} as const;
const LEAST = 1.5;

/** A stretch of a machine; without a place, no stretch is chosen. */
interface Chosen {
  readonly machine: string;
  readonly place: number | null;
}

export function Ribbons({ machines, states }: { machines: readonly string[]; states: States }) {
  const { clock } = usePlant();
  const [chosen, choose] = useState<Chosen>({ machine: machines[0] ?? "", place: null });
  const active = machines.includes(chosen.machine) ? chosen.machine : (machines[0] ?? "");
  const { since, until } = states;
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const found = movedBy(event.key, { ...chosen, machine: active }, machines, states);
    if (!found || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    choose(found);
    const rows = event.currentTarget;
    requestAnimationFrame(() => rows.querySelector<HTMLElement>(`[data-ribbon="${found.machine}"]`)?.focus());
  };
  const stretch = chosen.place === null ? undefined : states.stretches.get(active)?.[chosen.place];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move among the ribbons inside.
    <div className="ribbons" onKeyDown={onKeyDown}>
      {machines.map((machine) => (
        <Ribbon
          key={machine}
          machine={machine}
          stretches={states.stretches.get(machine) ?? []}
          place={machine === active ? chosen.place : null}
          isActive={machine === active}
          onChoose={(place) => choose({ machine, place })}
        />
      ))}
      <div className="ribbon-axis" aria-hidden="true">
        {ticksOf(since, until).map((at) => (
          <span key={at} style={{ left: `${((at - since) / (until - since)) * 100}%` }}>
            {clock.minute(at)}
          </span>
        ))}
      </div>
      <p className="ribbon-chosen">
        {stretch ? (
          <>
            <Machine machine={active} /> <StretchWords stretch={stretch} />
          </>
        ) : (
          <span className="quiet ribbon-how">{t("ribbon-how")}</span>
        )}
      </p>
    </div>
  );
}

interface RibbonProps {
  machine: string;
  stretches: readonly Stretch[];
  place: number | null;
  isActive: boolean;
  onChoose: (place: number) => void;
}

function Ribbon({ machine, stretches, place, isActive, onChoose }: RibbonProps) {
  const { plant, clock } = usePlant();
  const stretch = place === null ? undefined : stretches[place];
  const since = stretches[0]?.since ?? 0;
  const span = (stretches.at(-1)?.until ?? 1) - since;
  const onPointer = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    onChoose(placeAt(stretches, since + ((event.clientX - box.left) / box.width) * span));
  };
  const down = timesOf(stretches)
    .filter(([status]) => kindOf(status) === "critical")
    .reduce((sum, [, seconds]) => sum + seconds, 0);
  return (
    <div className="ribbon">
      <Machine machine={machine} isActive={isActive} />
      <div
        role="slider"
        tabIndex={isActive ? 0 : -1}
        data-ribbon={machine}
        aria-label={t("ribbon-of", { machine: plant.machines.get(machine)?.id ?? machine })}
        aria-valuemin={1}
        aria-valuemax={Math.max(1, stretches.length)}
        aria-valuenow={(place ?? stretches.length - 1) + 1}
        aria-valuetext={stretch ? words(stretch, clock) : summary(stretches)}
        onPointerDown={onPointer}
        onPointerMove={onPointer}
      >
        <svg viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
          {KINDS.map((kind) => (
            <path
              key={kind}
              className={`ribbon-${kind}`}
              d={pathOf(stretches, kind, { width: WIDTH, least: LEAST, ...SHAPES[kind] })}
            />
          ))}
          {stretch && (
            <rect
              className="ribbon-mark"
              x={((stretch.since - since) / span) * WIDTH}
              y={0}
              width={Math.max(LEAST, ((stretch.until - stretch.since) / span) * WIDTH)}
              height={10}
            />
          )}
        </svg>
      </div>
      <span className="ribbon-down">{down > 0 && durationWords(down)}</span>
    </div>
  );
}

function Machine({ machine, isActive = true }: { machine: string; isActive?: boolean }) {
  const { plant } = usePlant();
  const id = plant.machines.get(machine)?.id ?? machine;
  return (
    <a href={hrefOf({ view: "machine", machine })} title={id} tabIndex={isActive ? 0 : -1}>
      {id}
    </a>
  );
}

function StretchWords({ stretch }: { stretch: Stretch }) {
  const { clock } = usePlant();
  return (
    <span data-kind={kindOf(stretch.status)} className="ribbon-words">
      {words(stretch, clock)}
    </span>
  );
}

function nameOf(status: string | null): string {
  return status === null ? t("trends-nothing-known") : statusWord(status);
}

function words({ since, until, status }: Stretch, clock: { time(at: number): string }): string {
  const span = t("trends-span", { from: clock.time(since), to: clock.time(until) });
  return `${nameOf(status)}, ${span}, ${durationWords(until - since)}`;
}

function summary(stretches: readonly Stretch[]): string {
  return timesOf(stretches)
    .map(([status, seconds]) => `${nameOf(status)} ${durationWords(seconds)}`)
    .join(", ");
}

/** Where a key leads; null if it leads nowhere. */
function movedBy(
  key: string,
  { machine, place }: Chosen,
  machines: readonly string[],
  { stretches, since }: States,
): Chosen | null {
  const row = machines.indexOf(machine);
  const last = (stretches.get(machine)?.length ?? 1) - 1;
  switch (key) {
    case "ArrowUp":
    case "ArrowDown": {
      const next = machines[row + (key === "ArrowUp" ? -1 : 1)];
      if (next === undefined) return null;
      if (place === null) return { machine: next, place };
      const at = stretches.get(machine)?.[place]?.since ?? since;
      return { machine: next, place: placeAt(stretches.get(next) ?? [], at) };
    }
    case "ArrowLeft":
      return { machine, place: place === null ? last : Math.max(0, place - 1) };
    case "ArrowRight":
      return { machine, place: place === null ? last : Math.min(last, place + 1) };
    case "Home":
      return { machine, place: 0 };
    case "End":
      return { machine, place: last };
    case "Escape":
      return place === null ? null : { machine, place: null };
    default:
      return null;
  }
}
