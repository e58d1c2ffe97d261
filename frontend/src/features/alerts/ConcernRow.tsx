/** One machine that needs attention, as a row that opens it: what, since when, where. */

import { GLYPH, orEarlier, qualityWord, statusWord } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import type { Concern } from "../../session/concerns.ts";
import { t } from "../../texts/catalogue.ts";
import { Age } from "../../ui/Age.tsx";
import { StatusIcon } from "../../ui/StatusIcon.tsx";
import { usePlant } from "../plant/plantContext.ts";

export function ConcernRow({ concern }: { concern: Concern }) {
  const { plant, clock } = usePlant();
  const { machine, isCritical, status, since, sinceSeen, quality, seen } = concern;
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
          {isCritical && isLastKnown && `${GLYPH.stale} ${t("alerts-last-known")} · `}
          {isCritical && since !== null && (
            <>
              {t("alerts-since", { time: orEarlier(concern, clock.time) })} ·{" "}
              <Age since={since} isAtLeast={sinceSeen} />
            </>
          )}
          {!isCritical && seen !== null && (
            <>
              {t("alerts-last-contact", { time: clock.time(seen) })} · <Age since={seen} isAgo />
            </>
          )}
        </span>
        <span className="quiet">
          {about?.name ? `${about.name} · ` : ""}
          {t("frame-in-line", { line: about?.line ?? "" })}
        </span>
      </a>
    </li>
  );
}
