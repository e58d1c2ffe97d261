/** Everything that needs attention as a list, the most serious first, and the lines with machines that do not run. */

import { plural } from "../../format/index.ts";
import { hrefOf } from "../../router.ts";
import type { Concern } from "../../session/concerns.ts";
import { useKpis } from "../../store/machine/index.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { notRunning } from "./AlertBar.tsx";
import { ConcernRow } from "./ConcernRow.tsx";

const MOST_LISTED = 200;

export function AlertList({ concerns, onClose }: { concerns: readonly Concern[]; onClose: () => void }) {
  const { plant } = usePlant();
  return (
    <Dialog
      title={`${plural(concerns.length, "machine")} in need of attention`}
      onClose={onClose}
      className="alert-list"
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a link inside leaves the list. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Enter on a link clicks it. */}
      <div
        className="alert-rows"
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest("a")) onClose();
        }}
      >
        <ul className="attention">
          {concerns.slice(0, MOST_LISTED).map((concern) => (
            <ConcernRow key={concern.machine} concern={concern} />
          ))}
        </ul>
        {concerns.length > MOST_LISTED && (
          <p className="quiet">and {plural(concerns.length - MOST_LISTED, "machine")} more</p>
        )}
        <ul className="not-running">
          {plant.lines.map(({ id }) => (
            <NotRunning key={id} line={id} />
          ))}
        </ul>
      </div>
      <div className="dialog-foot">
        <span className="spring" />
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function NotRunning({ line }: { line: string }) {
  const count = notRunning(useKpis(`line:${line}`));
  if (!count) return null;
  return (
    <li>
      <a href={hrefOf({ view: "line", line }, { filter: "not-running" })}>
        Line {line}: {count} not running
      </a>
    </li>
  );
}
