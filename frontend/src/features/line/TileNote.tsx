/** The two lines at the foot of a tile: the most serious note, with its whole text in the title. */

import { GLYPH } from "../../format/index.ts";
import type { Freshness } from "../../session/connection.ts";
import type { MachineView } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { Age } from "../../ui/Age.tsx";
import { feedbackOf } from "../machine/feedback.ts";

interface TileNoteProps {
  view: MachineView;
  freshness: Freshness;
  doubt: string | null;
  isCritical: boolean;
  /** `Since 14:02:11`; empty if it is not known. */
  sinceText: string;
}

export function TileNote({ view, freshness, doubt, isCritical, sinceText }: TileNoteProps) {
  const notices = Object.values(view.notices);
  if (isCritical) {
    const voided = notices.filter((notice) => notice.kind === "cancelled").length;
    const parts = [
      sinceText,
      voided > 0 ? t("tile-voided", { count: voided }) : "",
      doubt ? `${GLYPH.stale} ${t("tile-last-known", { doubt })}` : "",
    ];
    return <Note className="is-critical" text={parts.filter(Boolean).join(" · ")} />;
  }
  const loud = notices.find((notice) => notice.kind !== "reconciled" && notice.kind !== "superseded");
  const feedback = loud ? feedbackOf(undefined, loud) : null;
  if (feedback)
    return <Note className={`is-${feedback.state}`} text={`${feedback.glyph} ${feedback.text}`} />;
  if (doubt) {
    const { seen } = view.record;
    return (
      <span className="note is-stale" title={doubt}>
        {GLYPH.stale} {doubt}{" "}
        {typeof seen === "number" ? (
          <Age since={seen} isAgo />
        ) : (
          freshness.lastMs !== null && <Age sinceMs={freshness.lastMs} isAgo />
        )}
      </span>
    );
  }
  const overlay = Object.values(view.overlays)[0];
  if (!overlay) return null;
  const isConfirmed = overlay.phase === "confirmed";
  return (
    <span className={`note is-${isConfirmed ? "confirmed" : "optimistic"}`}>
      {isConfirmed ? `${GLYPH.confirmed} ${t("tile-confirmed")}` : `${GLYPH.pending} ${t("tile-pending")}`}{" "}
      <Age sinceMs={overlay.atMs} />
    </span>
  );
}

function Note({ text, className }: { text: string; className: string }) {
  return (
    <span className={`note ${className}`} title={text}>
      {text}
    </span>
  );
}
