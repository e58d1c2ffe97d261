/** Under the preview: what will happen, in one line; why; and the two ways on. */
import { usePlant } from "../../components/plantContext.ts";
import { plural, shown } from "../../components/words.ts";
import type { DiffRow, Now, Totals } from "../../upload/difference.ts";
import { commitPreview, leave, setAtomic, setReason, type UploadIn } from "../../upload/workbook.ts";

interface PreviewFootProps {
  state: UploadIn<"preview">;
  rows: readonly DiffRow[];
  totals: Totals;
  going: readonly DiffRow[];
  now: Now;
}

export function PreviewFoot({ state: { reason, isAtomic }, rows, totals, going, now }: PreviewFootProps) {
  const { plant } = usePlant();
  const { byKind, blocks, wrongRows } = totals;
  const isViewer = !plant.mayChange;
  const needsReason = going.some((row) => row.field?.needsReason) && !reason.trim();
  const isHeld = isAtomic && byKind.blocked + byKind.error > 0;
  return (
    <div className="foot">
      <p className="foot-totals" role="status">
        <strong>{shown(null, going.length)} will change</strong>
        {blocks.map(([why, count]) => (
          <span key={why} className="critical">
            {" "}
            · {shown(null, count)} blocked ({why})
          </span>
        ))}
        {byKind.conflict > 0 && <span className="amber"> · {plural(byKind.conflict, "conflict")}</span>}
        {wrongRows > 0 && <span className="critical"> · {plural(wrongRows, "row")} with errors</span>}
      </p>
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
      <button type="button" onClick={leave}>
        Leave
      </button>
      <button
        type="button"
        className="primary"
        disabled={going.length === 0 || isViewer || needsReason || isHeld}
        onClick={() => commitPreview(rows, (machine, field) => now.rev(machine, field))}
      >
        Change {plural(going.length, "target")}
      </button>
      {(isViewer || isHeld) && (
        <p className="refusal">
          {isViewer
            ? "You may look, not change."
            : "All or nothing: some rows cannot go. Fix them, or leave all-or-nothing out."}
        </p>
      )}
    </div>
  );
}
