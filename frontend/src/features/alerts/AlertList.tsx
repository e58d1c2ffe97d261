/** Everything that needs attention as a list, the most serious first, and the lines with machines that do not run. */

import { useConcerns } from "../../hooks/useSession.ts";
import { hrefOf } from "../../router.ts";
import type { Concern } from "../../session/concerns.ts";
import { useKpis } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { notRunning } from "../plant/counts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { ConcernRow } from "./ConcernRow.tsx";

const MOST_LISTED = 200;

export function AlertList({ concerns, onClose }: { concerns: readonly Concern[]; onClose: () => void }) {
  const { plant } = usePlant();
  return (
    <Dialog title={t("alerts-in-need", { count: concerns.length })} onClose={onClose} className="alert-list">
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
          <p className="quiet">{t("alerts-and-more", { count: concerns.length - MOST_LISTED })}</p>
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
          {t("frame-close")}
        </button>
      </div>
    </Dialog>
  );
}

function NotRunning({ line }: { line: string }) {
  const { byLine } = useConcerns();
  const count = notRunning(useKpis(`line:${line}`), byLine.get(line)?.critical ?? 0);
  if (!count) return null;
  return (
    <li>
      <a href={hrefOf({ view: "line", line }, { filter: "not-running" })}>
        {t("alerts-line-not-running", { line, count })}
      </a>
    </li>
  );
}
