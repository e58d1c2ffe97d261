/**
 * A set-point as the machine reports it, and beside it the pending target: the person's own, otherwise another person's
 * (OPEN-3). Both are readable (TIER-4). A target is shown exactly, digit by digit.
 */

import type { Field } from "../../contract/plant.ts";
import { GLYPH, measured, shown } from "../../format/index.ts";
import { type MachineView, type Overlay, useOpenTarget } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { Age } from "../../ui/Age.tsx";
import { Clip } from "../../ui/Clip.tsx";
import { feedbackOf } from "./feedback.ts";
import { nameOf, openTargetWords } from "./openTarget.ts";

interface SetPointProps {
  machine: string;
  view: MachineView;
  field: Field;
  /** On the line of the smaller values, without an arrow. */
  isSmall?: boolean;
}

export function SetPoint({ machine, view, field, isSmall = false }: SetPointProps) {
  const open = useOpenTarget(machine, field.name);
  const overlay = view.overlays[field.name];
  const feedback = feedbackOf(overlay, view.notices[field.name]);
  const own = overlay ? overlay.server : view.record[field.name];
  const classes = ["set-point", isSmall ? "small" : "", feedback ? `is-${feedback.state}` : ""];
  return (
    <span className={classes.filter(Boolean).join(" ")}>
      {!isSmall && (
        <span className="set-arrow" aria-hidden="true">
          ▸
        </span>
      )}
      <span className="unseen">{field.label || field.name} </span>
      <span className="set-value" title={measured(field, own)}>
        {shown(field, own)}
      </span>
      {field.unit && <Clip text={field.unit} className="unit" />}
      {overlay && <Pending field={field} overlay={overlay} />}
      {!overlay && open && (
        <span className="set-pending is-anothers" title={openTargetWords(field, open)}>
          <span className="clip">
            ┈ {t("target-by", { value: shown(field, open.value), name: nameOf(open) })}
          </span>
        </span>
      )}
      {!overlay && feedback?.state === "confirmed" && (
        <span className="set-state" title={t("target-applied")}>
          {GLYPH.confirmed} <span className="unseen">{feedback.text}</span>
        </span>
      )}
    </span>
  );
}

function Pending({ field, overlay }: { field: Field; overlay: Overlay }) {
  const isConfirmed = overlay.phase === "confirmed";
  const text = measured(field, overlay.value);
  const word = t(isConfirmed ? "target-confirmed" : "target-pending");
  return (
    <span className="set-pending">
      <span className="set-state" aria-hidden="true">
        {isConfirmed ? GLYPH.confirmed : GLYPH.pending}
      </span>
      <span className="pending-value clip" title={`${text} ${word}`}>
        {shown(field, overlay.value)}
      </span>
      {!isConfirmed && <span className="spinner" aria-hidden="true" />}
      <span className="unseen">
        {` ${word} `}
        <Age sinceMs={overlay.atMs} />
      </span>
    </span>
  );
}
