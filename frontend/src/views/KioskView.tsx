/**
 * A wall: one line at a time, large, another every 20 s; it stays on the line with the newest critical status for
 * as long as there is one. Nobody touches it, so nothing here can be touched.
 */
import { useEffect, useMemo, useState } from "react";
import { ConnectionBadge, DisconnectedBar } from "../components/Header.tsx";
import { KpiSentence } from "../components/Kpis.tsx";
import { usePlant } from "../components/plantContext.ts";
import { Strip } from "../components/Strip.tsx";
import { WallTile } from "../components/WallTile.tsx";
import { useConcerns, useTopics } from "../live.ts";

const ROTATE_MS = 20_000;
const LISTED_LINES = 20;

export function KioskView() {
  const { plant, clock } = usePlant();
  const { critical } = useConcerns();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((before) => before + 1), ROTATE_MS);
    return () => clearInterval(timer);
  }, []);
  const newest = critical[0];
  const held = newest ? plant.machines.get(newest.machine)?.line : undefined;
  const line =
    plant.lines.find((each) => each.id === held) ?? plant.lines[turn % Math.max(1, plant.lines.length)];
  const topic = line ? `line:${line.id}` : null;
  useTopics(useMemo(() => (topic ? [topic] : []), [topic]));
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (!line || !topic) return <p className="empty">This plant has no lines.</p>;
  return (
    <div className="kiosk">
      <header className="kiosk-head">
        <h1>
          Line {line.id}
          {line.name && line.name !== `Line ${line.id}` ? ` · ${line.name}` : ""}
        </h1>
        <KpiSentence topic={topic} />
        <span className="spring" />
        <ConnectionBadge />
        <time>{clock.minute(now)}</time>
      </header>
      <DisconnectedBar />
      <Strip />
      <main
        id="main"
        className="kiosk-tiles"
        style={{ gridTemplateColumns: `repeat(${columnsFor(line.machines.length)}, minmax(0, 1fr))` }}
      >
        {line.machines.map((machine) => (
          <WallTile key={machine.key} machine={machine.key} topic={topic} />
        ))}
      </main>
      {plant.lines.length <= LISTED_LINES ? (
        <ol className="kiosk-lines" aria-label="Lines">
          {plant.lines.map((each) => (
            <li key={each.id} aria-current={each.id === line.id ? "true" : undefined}>
              {each.id}
            </li>
          ))}
        </ol>
      ) : (
        <p className="kiosk-lines quiet">
          {plant.lines.indexOf(line) + 1} of {plant.lines.length} lines
        </p>
      )}
    </div>
  );
}

const BEST_SHAPE = 1.6;

/** All machines of a line at once: the number of columns whose tiles are nearest to a good shape, with few holes. */
function columnsFor(count: number): number {
  const screen = window.innerWidth / window.innerHeight;
  const badness = (columns: number) => {
    const rows = Math.ceil(count / columns);
    const shape = (screen * 1.25 * rows) / columns;
    return Math.abs(Math.log(shape / BEST_SHAPE)) + (2 * (rows * columns - count)) / count;
  };
  const candidates = Array.from({ length: Math.max(1, count) }, (_, index) => index + 1);
  return candidates.reduce((best, each) => (badness(each) < badness(best) ? each : best));
}
