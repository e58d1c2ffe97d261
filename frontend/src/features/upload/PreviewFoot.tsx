/** Below the preview: what will happen, in one line; the reason; and the buttons. */
import { useMemo } from "react";
import type { Plant } from "../../contract/plant.ts";
import { GLYPH, linkHoldWords, plural, shown } from "../../format/index.ts";
import { useHold } from "../../hooks/useSession.ts";
import { type Hold, holdOf, type Preview, type Totals } from "../../preview/index.ts";
import { setParam, useParam } from "../../router.ts";
import { usePlant } from "../plant/plantContext.ts";
import { isLarge, LARGE, LARGE_PERCENT } from "./filters.ts";
import { barrierWords } from "./notes.ts";
import { choose, commitPreview, leave, setAtomic, setReason, type UploadIn } from "./workbook.ts";

interface PreviewFootProps {
  state: UploadIn<"preview">;
  totals: Totals;
}

export function PreviewFoot({ state, totals }: PreviewFootProps) {
  const { plant } = usePlant();
  const { preview, isAtomic, reason } = state;
  const needsReason = useMemo(() => asksForReason(preview, plant), [preview, plant]) && !reason.trim();
  const hold = useMemo(() => holdOf(preview, isAtomic), [preview, isAtomic]);
  const linkHold = useHold();
  const words = linkHold
    ? linkHoldWords(linkHold)
    : plant.mayChange
      ? holdWords(hold)
      : "You may look, not change.";
  return (
    <div className="foot">
      <FootTotals totals={totals} />
      <LargeChanges preview={preview} />
      <label className="inline foot-reason">
        <span>Reason</span>
        <input
          value={reason}
          maxLength={500}
          placeholder={needsReason ? "needed" : "optional"}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <label className="inline">
        <input type="checkbox" checked={isAtomic} onChange={(event) => setAtomic(event.target.checked)} />
        <span>All or nothing</span>
      </label>
      {totals.awaited > 0 && (
        <button type="button" onClick={() => choose(awaitedIn(preview), false)}>
          Leave out {plural(totals.awaited, "waiting row")}
        </button>
      )}
      <button type="button" onClick={leave}>
        Leave
      </button>
      <button
        type="button"
        className="primary"
        disabled={hold !== null || linkHold !== null || !plant.mayChange || needsReason}
        onClick={() => commitPreview(preview)}
      >
        Change {plural(totals.sending, "target")}
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
      <strong>{shown(null, sending)} will change</strong>
      {awaited > 0 && (
        <span className="amber">
          {" "}
          · {GLYPH.unknown} {shown(null, awaited)} waiting: their machines are not heard of yet
        </span>
      )}
      {barriers.map(({ note, count }) => (
        <span key={barrierWords(note, clock)} className="critical">
          {" "}
          · {shown(null, count)} blocked ({barrierWords(note, clock)})
        </span>
      ))}
      {states.conflict > 0 && <span className="amber"> · {plural(states.conflict, "conflict")}</span>}
      {moved > 0 && <span className="amber"> · {shown(null, moved)} changed after they were shown</span>}
      {wrongRows > 0 && <span className="critical"> · {plural(wrongRows, "row")} with errors</span>}
    </p>
  );
}

/** Flagged before anything is sent: the largest changes, counted, and a click away. */
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
      {GLYPH.conflict} {shown(null, count)} {count === 1 ? "changes" : "change"} by more than {LARGE_PERCENT}{" "}
      %
    </button>
  );
}

function holdWords(hold: Hold | null): string {
  if (hold === "waiting")
    return "Some machines have not been heard of yet. Wait a moment, or leave them out.";
  return hold === "all-or-nothing"
    ? "All or nothing: some rows cannot go. Fix them, or leave all-or-nothing out."
    : "";
}

function awaitedIn({ rows }: Preview): string[] {
  return rows.filter(({ state }) => state === "waiting").map(({ key }) => key);
}

function asksForReason({ rows }: Preview, plant: Plant): boolean {
  return rows.some(({ isTicked, field }) => isTicked && plant.fieldsByName.get(field ?? "")?.needsReason);
}
