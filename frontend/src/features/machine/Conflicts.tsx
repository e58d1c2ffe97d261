/** Targets that lost to another change: who changed the field, to which value, the target, and a button to insist. */

import type { Field } from "../../contract/plant.ts";
import { GLYPH, measured } from "../../format/index.ts";
import { useSession } from "../../session/context.tsx";
import type { MachineView, Notice } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { commitTargets } from "../frame/commitTargets.ts";
import { usePlant } from "../plant/plantContext.ts";

interface ConflictsProps {
  machine: string;
  view: MachineView;
  isHeld: boolean;
  onSent: () => void;
}

export function Conflicts({ machine, view, isHeld, onSent }: ConflictsProps) {
  const { plant } = usePlant();
  const session = useSession();
  const found = Object.values(view.notices).flatMap((notice) => {
    const field = plant.fieldsByName.get(notice.field);
    return notice.kind === "conflict" && field && !view.overlays[notice.field] ? [{ notice, field }] : [];
  });
  const insist = ({ field, value }: Notice) => {
    const base = { [machine]: { [field]: session.revs(machine)[field] ?? 0 } };
    if (commitTargets(session, { updates: { [machine]: { [field]: value } }, base }) !== null) onSent();
  };
  return found.map(({ notice, field }) => (
    <div key={field.name} className="conflict-row amber" role="status">
      <p>
        {GLYPH.conflict} {conflictWords(notice, field, view)}
      </p>
      <button type="button" disabled={isHeld} onClick={() => insist(notice)}>
        {t("conflict-anyway")}
      </button>
    </div>
  ));
}

/** `Target speed: benedikt set 1,100 rpm; you asked for 1,250 rpm.` */
function conflictWords({ by, value }: Notice, field: Field, { record }: MachineView): string {
  const theirs = measured(field, record[field.name]);
  const args = { field: field.label || field.name, theirs, mine: measured(field, value) };
  return by?.name ? t("conflict-set-by", { ...args, name: by.name }) : t("conflict-is-now", args);
}
