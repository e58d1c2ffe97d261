/** The machine under the pointer or the focus, by name, with its status and since when. */

import { useFreshness } from "../../hooks/useLiveSocket.ts";
import { useMachine } from "../../store/machine/index.ts";
import { doubtOf } from "../machine/feedback.ts";
import { StatusLine } from "../machine/status.tsx";
import { usePlant } from "./plantContext.ts";

export function Readout({ machine }: { machine: string | null }) {
  return (
    <p className="readout">
      {machine === null ? (
        <span className="quiet">Point at a machine, or move with the arrow keys; Enter opens it.</span>
      ) : (
        <Told machine={machine} />
      )}
    </p>
  );
}

function Told({ machine }: { machine: string }) {
  const { plant } = usePlant();
  const about = plant.machines.get(machine);
  const view = useMachine(machine, "rare");
  const freshness = useFreshness(`line:${about?.line}`);
  return (
    <>
      <strong>{about?.id ?? machine}</strong>
      <span className="clip">{about?.name}</span>
      <span className="quiet">line {about?.line}</span>
      {view ? (
        <StatusLine
          record={view.record}
          freshness={freshness}
          doubt={doubtOf(view.record, freshness.isStale)}
        />
      ) : (
        <span className="quiet">Not heard of yet</span>
      )}
    </>
  );
}
