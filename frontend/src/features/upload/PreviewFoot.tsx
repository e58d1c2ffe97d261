/** Below the preview: what will happen, in one line; the reason; and the buttons. */

import { useMemo } from "react";
import type { Plant } from "../../contract/plant.ts";
import { GLYPH, linkHoldWords } from "../../format/index.ts";
import { useHold } from "../../hooks/useSession.ts";
import { type Hold, holdOf, type Preview, type Totals } from "../../preview/index.ts";
import { go, setParam, useParam } from "../../router.ts";
import { t } from "../../texts/catalogue.ts";
import { remember } from "../batches/sent.ts";
import { usePlant } from "../plant/plantContext.ts";
import { isLarge, LARGE, LARGE_PERCENT } from "./filters.ts";
import { leftOutOf } from "./leftOut.ts";
import { barrierWords } from "./notes.ts";
import { choose, commitPreview, leave, setAtomic, setReason, type UploadIn } from "./workbook.ts";

interface PreviewFootProps {
  state: UploadIn<"preview">;
  totals: Totals;
}

export function PreviewFoot({ state, totals }: PreviewFootProps) {
  const { plant, clock } = usePlant();
  const { workbook, preview, isAtomic, reason } = state;
  const needsReason = useMemo(() => asksForReason(preview, plant), [preview, plant]) && !reason.trim();
  const hold = useMemo(() => holdOf(preview, isAtomic), [preview, isAtomic]);
  const linkHold = useHold();
  const words = linkHold
    ? linkHoldWords(linkHold)
    : plant.mayChange
      ? holdWords(hold)
      : t("upload-look-only");
  const send = () => {
    const txId = commitPreview(preview);
    if (txId === null) return;
    remember(leftOutOf(txId, workbook, preview, plant, { clock, plant }));
    go({ view: "batch", txId });
  };
  return (
    <div className="foot">
      <FootTotals totals={totals} />
      <LargeChanges preview={preview} />
      <label className="inline foot-reason">
        <span>{t("upload-reason")}</span>
        <input
          value={reason}
          maxLength={500}
          placeholder={t(needsReason ? "upload-reason-needed" : "upload-reason-optional")}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <label className="inline">
        <input type="checkbox" checked={isAtomic} onChange={(event) => setAtomic(event.target.checked)} />
        <span>{t("upload-all-or-nothing")}</span>
      </label>
      {totals.awaited > 0 && (
        <button type="button" onClick={() => choose(awaitedIn(preview), false)}>
          {t("upload-leave-out", { count: totals.awaited })}
        </button>
      )}
      <button type="button" onClick={leave}>
        {t("upload-leave")}
      </button>
      <button
        type="button"
        className="primary"
        disabled={hold !== null || linkHold !== null || !plant.mayChange || needsReason}
        onClick={send}
      >
        {t("upload-change", { count: totals.sending })}
      </button>
      {words && <p className="refusal">{words}</p>}
    </div>
  );
}

function FootTotals({
  totals: { states, wrongRows, moved, awaited, sending, barriers },
}: {
  totals: Totals;
}) {
  const { clock } = usePlant();
  return (
    <p className="foot-totals" role="status">
      <strong>{t("upload-will-change", { count: sending })}</strong>
      {awaited > 0 && (
        <span className="amber">
          {" "}
          · {GLYPH.unknown} {t("upload-awaited", { count: awaited })}
        </span>
      )}
      {barriers.map(({ note, count }) => (
        <span key={barrierWords(note, clock)} className="critical">
          {" "}
          · {t("upload-blocked", { count, why: barrierWords(note, clock) })}
        </span>
      ))}
      {states.conflict > 0 && (
        <span className="amber"> · {t("upload-conflicts", { count: states.conflict })}</span>
      )}
      {moved > 0 && <span className="amber"> · {t("upload-moved", { count: moved })}</span>}
      {wrongRows > 0 && <span className="critical"> · {t("upload-wrong-rows", { count: wrongRows })}</span>}
    </p>
  );
}

/** The largest changes, counted before anything is sent; a click lists them. */
function LargeChanges({ preview }: { preview: Preview }) {
  const count = useMemo(() => preview.rows.filter(isLarge).length, [preview]);
  const isShown = useParam("filter") === LARGE;
  if (count === 0 && !isShown) return null;
  return (
    <button
      type="button"
      className="amber"
      aria-pressed={isShown}
      onClick={() => setParam("filter", isShown ? "" : LARGE)}
    >
      {GLYPH.conflict} {t("upload-large", { count, percent: LARGE_PERCENT })}
    </button>
  );
}

function holdWords(hold: Hold | null): string {
  if (hold === "waiting") return t("upload-hold-waiting");
  return hold === "all-or-nothing" ? t("upload-hold-atomic") : "";
}

function awaitedIn({ rows }: Preview): string[] {
  return rows.filter(({ state }) => state === "waiting").map(({ key }) => key);
}

function asksForReason({ rows }: Preview, plant: Plant): boolean {
  return rows.some(({ isTicked, field }) => isTicked && plant.fieldsByName.get(field ?? "")?.needsReason);
}
