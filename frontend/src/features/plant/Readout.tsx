/** The machine under the pointer or the focus: its name, its status, and since when. */

import { useFreshness } from "../../hooks/useLiveSocket.ts";
import { useConditions } from "../../hooks/useSession.ts";
import type { Condition } from "../../session/conditions.ts";
import { useMachine } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { doubtOf } from "../machine/feedback.ts";
import { StatusLine } from "../machine/status.tsx";
import { usePlant } from "./plantContext.ts";

export function Readout({ machine }: { machine: string | null }) {
  return (
    <p className="readout">
      {machine === null ? (
        <span className="quiet">{t("wall-keys")}</span>
      ) : (
        <MachineSummary machine={machine} />
      )}
    </p>
  );
}

function MachineSummary({ machine }: { machine: string }) {
  const { plant } = usePlant();
  const about = plant.machines.get(machine);
  const view = useMachine(machine, "rare");
  const condition = useConditions(about?.line ?? "").find((each) => each.machine === machine);
  const freshness = useFreshness("dashboard:global");
  const record =
    view?.record ?? (condition?.state === "waiting" ? undefined : condition && recordOf(condition));
  return (
    <>
      <strong>{about?.id ?? machine}</strong>
      <span className="clip">{about?.name}</span>
      <span className="quiet">{t("frame-in-line", { line: about?.line ?? "" })}</span>
      {record ? (
        <StatusLine record={record} freshness={freshness} doubt={doubtOf(record, freshness.isStale)} />
      ) : (
        <span className="quiet">{t("frame-not-heard")}</span>
      )}
    </>
  );
}

function recordOf({ status, quality, since }: Condition) {
  return { status, quality, since };
}
