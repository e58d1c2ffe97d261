/**
 * The plant as a picture of its machines: tiles if there are few, otherwise a row for each line and a cell for each
 * machine. The legend counts each state, and filters by it.
 */
import { useMemo } from "react";
import { lineTitle } from "../../format/index.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { hrefOf, useParam } from "../../router.ts";
import { TileGrid } from "../line/TileGrid.tsx";
import { useFilteredTiles } from "./filter.ts";
import { KpiSentence } from "./Kpis.tsx";
import { Legend } from "./Legend.tsx";
import { PlantWall } from "./PlantWall.tsx";
import { usePlant } from "./plantContext.ts";

/** The largest number of machines that are shown as tiles. */
const MOST_TILES = 30;

export function PlantView() {
  const { plant } = usePlant();
  const isSmall = plant.machines.size <= MOST_TILES;
  const filter = useParam("filter");
  return (
    <>
      <div className="view-head">
        <h1>{plant.name}</h1>
        <KpiSentence topic="dashboard:global" hasLegend />
      </div>
      <Legend filter={filter} />
      {isSmall ? <SmallPlant filter={filter} /> : <PlantWall filter={filter} />}
    </>
  );
}

function SmallPlant({ filter }: { filter: string }) {
  const { lines } = usePlant().plant;
  useTopics(lines.map(({ id }) => `line:${id}`));
  return (
    <>
      {lines.map(({ id, name }) => (
        <LineTiles key={id} line={id} name={name} filter={filter} />
      ))}
    </>
  );
}

function LineTiles({ line, name, filter }: { line: string; name: string; filter: string }) {
  const machines = useFilteredTiles(line, filter);
  const topicOf = useMemo(() => () => `line:${line}`, [line]);
  if (machines.length === 0) return null;
  return (
    <section className="plant-line" aria-labelledby={`line-${line}`}>
      <h2 id={`line-${line}`}>
        <a href={hrefOf({ view: "line", line })}>{lineTitle(line, name)}</a>{" "}
        <KpiSentence topic={`line:${line}`} />
      </h2>
      <TileGrid machines={machines} topicOf={topicOf} density="normal" />
    </section>
  );
}
