/**
 * What needs attention, on every page: the most serious first, each as a link. Items that do not fit are counted, and
 * the whole list can be opened. Then the number of pending targets, and of machines that are not live or do not run.
 */

import { useMemo, useRef, useState } from "react";
import { GLYPH, qualityWord, shown, statusWord } from "../../format/index.ts";
import { useConcerns, useConnection, useIsLive } from "../../hooks/useSession.ts";
import { hrefOf } from "../../router.ts";
import type { Concern } from "../../session/concerns.ts";
import { byGravity } from "../../session/gravity.ts";
import { useKpis } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { Age } from "../../ui/Age.tsx";
import { useMedia } from "../../ui/media.ts";
import { StatusIcon } from "../../ui/StatusIcon.tsx";
import { useOpenAlarms } from "../alarms/openAlarms.ts";
import { notRunning } from "../plant/counts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { AlertList } from "./AlertList.tsx";
import { useOverflow } from "./useOverflow.ts";

/** A bar never fits more. The list has all of them. */
const MOST_CHIPS = 40;

const NARROW = "(max-width: 1100px)";

/** `isWall`: nobody touches it, so nothing here is a button. */
export function AlertBar({ isWall = false }: { isWall?: boolean }) {
  const { writable, mayChange } = usePlant().plant;
  const isSettable = writable.length > 0 && mayChange;
  const { critical, doubtful } = useConcerns();
  const [isOpen, setOpen] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const all = useMemo(() => {
    const known = new Set(critical.map(({ machine }) => machine));
    return [...critical, ...doubtful.filter(({ machine }) => !known.has(machine))].sort(byGravity);
  }, [critical, doubtful]);
  const chips = useMemo(() => all.slice(0, MOST_CHIPS), [all]);
  const overflow = useOverflow(list, chips);
  const more = overflow + all.length - chips.length;
  const moreText = more > 0 ? `+${more}` : t("alerts-list");
  return (
    <section className="alert-bar" aria-label={t("alerts-title")}>
      {all.length > 0 && (
        <>
          <ul className="alert-chips" ref={list} aria-live="polite">
            {chips.map((concern, index) => (
              <Chip
                key={concern.machine}
                concern={concern}
                isHidden={index >= chips.length - overflow}
                isLink={!isWall}
              />
            ))}
          </ul>
          {isWall ? (
            more > 0 && <span className="alert-more">{moreText}</span>
          ) : (
            <button type="button" className="alert-more" aria-haspopup="dialog" onClick={() => setOpen(true)}>
              {moreText}
              <span className="unseen">{t(more > 0 ? "alerts-more-unseen" : "alerts-list-unseen")}</span>
            </button>
          )}
        </>
      )}
      <Counts hasAlerts={all.length > 0} isWall={isWall} />
      {!isWall && isSettable && (
        <a className="button alert-upload" href={hrefOf({ view: "upload" })}>
          {t("alerts-drop-workbook")}
        </a>
      )}
      {isOpen && <AlertList concerns={all} onClose={() => setOpen(false)} />}
    </section>
  );
}

interface ChipProps {
  concern: Concern;
  isHidden: boolean;
  isLink: boolean;
}

function Chip({ concern, isHidden, isLink }: ChipProps) {
  const { machine, isCritical, status, since, sinceSeen, quality, seen } = concern;
  const about = usePlant().plant.machines.get(machine);
  const word = isCritical ? statusWord(status) : qualityWord(quality);
  const from = isCritical ? since : seen;
  const className = `alert-chip ${isCritical ? "is-critical" : "is-doubtful"}`;
  const content = (
    <>
      {isCritical ? <StatusIcon status={status ?? ""} /> : <span aria-hidden="true">{GLYPH.stale}</span>}
      <span className="clip">
        {word} <strong>{about?.id ?? machine}</strong>{" "}
        {from !== null && <Age since={from} isAtLeast={isCritical && sinceSeen} />}{" "}
        {t("alerts-line", { line: about?.line ?? "" })}
      </span>
    </>
  );
  const title = `${word} ${about?.id ?? machine} ${about?.name ?? ""}`.trim();
  return (
    <li className={isHidden ? "is-hidden" : ""}>
      {isLink ? (
        <a
          className={className}
          data-alert={status}
          title={title}
          href={hrefOf({ view: "machine", machine })}
          tabIndex={isHidden ? -1 : undefined}
        >
          {content}
        </a>
      ) : (
        <span className={className} data-alert={status} title={title}>
          {content}
        </span>
      )}
    </li>
  );
}

/** The counts. "Nothing needs attention" appears only while the state of the machines and of the alarms is known. */
function Counts({ hasAlerts, isWall }: { hasAlerts: boolean; isWall: boolean }) {
  const { critical, pending, doubtful, conflicts } = useConcerns();
  const { lastFrameMs } = useConnection();
  const kpis = useKpis("dashboard:global");
  const isLive = useIsLive("dashboard:global") && kpis !== undefined;
  const idle = notRunning(kpis, critical.length);
  const isShort = useMedia(NARROW) && hasAlerts;
  const notKnown = t(lastFrameMs === null ? "alerts-not-known-yet" : "alerts-not-known");
  const { open, isSure } = useOpenAlarms();
  const alarms = open && isSure ? open.critical + open.high + open.medium + open.low : null;
  const isQuiet = !hasAlerts && pending.length + doubtful.length + conflicts.length === 0 && idle === 0;
  return (
    <ul className="alert-counts" aria-live="polite">
      {conflicts.length > 0 && (
        <li className="amber">
          <Count
            isShort={isShort}
            glyph={GLYPH.conflict}
            count={conflicts.length}
            words={t("alerts-conflicts", { count: conflicts.length })}
          />
        </li>
      )}
      {pending.length > 0 && (
        <li className="blue">
          <Count
            isShort={isShort}
            glyph={GLYPH.pending}
            count={pending.length}
            words={t("alerts-pending", { count: pending.length })}
          />
        </li>
      )}
      {doubtful.length > 0 && (
        <li className="amber">
          <Count
            isShort={isShort}
            glyph={GLYPH.stale}
            count={doubtful.length}
            words={t("alerts-not-live", { count: doubtful.length })}
          />
        </li>
      )}
      {isLive && idle !== null && idle > 0 && (
        <li>
          {isWall ? (
            <Count
              isShort={isShort}
              glyph={GLYPH.idle}
              count={idle}
              words={t("alerts-not-running", { count: idle })}
            />
          ) : (
            <a href={hrefOf({ view: "plant" }, { filter: "not-running" })}>
              <Count
                isShort={isShort}
                glyph={GLYPH.idle}
                count={idle}
                words={t("alerts-not-running", { count: idle })}
              />
            </a>
          )}
        </li>
      )}
      {!isLive && (
        <li className="quiet clip" title={notKnown}>
          {isShort && <span aria-hidden="true">{t("alerts-not-known-short")}</span>}
          <span className={isShort ? "unseen" : ""}>{notKnown}</span>
        </li>
      )}
      {isLive && (isQuiet || isWall) && alarms !== null && alarms > 0 && (
        <li>{isWall ? alarmsOpen(alarms) : <a href={hrefOf({ view: "alarms" })}>{alarmsOpen(alarms)}</a>}</li>
      )}
      {isLive && isQuiet && alarms === 0 && <li className="quiet">{t("alerts-nothing")}</li>}
    </ul>
  );
}

const alarmsOpen = (count: number) => t("alerts-alarms", { count });

interface CountProps {
  isShort: boolean;
  glyph: string;
  count: number;
  words: string;
}

/** `□ 3 not running`; on a narrow page with alerts only `□ 3`, with the words as title and for readers. */
function Count({ isShort, glyph, count, words }: CountProps) {
  return (
    <span title={words}>
      <span aria-hidden="true">{isShort ? `${glyph} ${shown(null, count)}` : glyph}</span>{" "}
      <span className={isShort ? "unseen" : ""}>{words}</span>
    </span>
  );
}
