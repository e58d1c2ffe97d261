/** The whole plant: what needs attention first, then every line with its figures; `?filter=not-running` leaves the lines that run whole out. */
import { KpiSentence, percent } from "../components/Kpis.tsx";
import { usePlant } from "../components/plantContext.ts";
import { GLYPH, shown } from "../components/words.ts";
import { notRunning } from "../features/alerts/AlertBar.tsx";
import { ConcernRow } from "../features/alerts/ConcernRow.tsx";
import { useConcerns, useKpis } from "../live.ts";
import { go, hrefOf, setParam, useParam } from "../router.ts";

const MOST_LISTED = 50;

export function PlantView() {
  const { plant } = usePlant();
  const isFiltered = useParam("filter") === "not-running";
  return (
    <>
      <div className="view-head">
        <h1>{plant.name}</h1>
        <KpiSentence topic="dashboard:global" />
      </div>
      <Attention />
      <h2>
        {isFiltered ? (
          <>
            Lines with machines that do not run{" "}
            <button type="button" onClick={() => setParam("filter", "")}>
              Show all lines
            </button>
          </>
        ) : (
          "Lines"
        )}
      </h2>
      <div className="table-scroll">
        <table className="table lines">
          <thead>
            <tr>
              <th scope="col">Line</th>
              <th scope="col">Needs attention</th>
              <th scope="col" className="number">
                Running
              </th>
              <th scope="col" className="number">
                Mean {plant.faces.actual?.label.toLowerCase()}
              </th>
              <th scope="col" className="number">
                Parts
              </th>
              <th scope="col" className="number">
                Available
              </th>
            </tr>
          </thead>
          <tbody>
            {plant.lines.map((line) => (
              <LineRow key={line.id} line={line.id} name={line.name} />
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function LineRow({ line, name }: { line: string; name: string }) {
  const { plant } = usePlant();
  const kpis = useKpis(`line:${line}`);
  const counts = useConcerns().byLine.get(line);
  const { actual } = plant.faces;
  const idle = notRunning(kpis) ?? 0;
  const isFiltered = useParam("filter") === "not-running";
  if (isFiltered && idle === 0) return null;
  return (
    <tr
      className="is-link"
      onClick={(event) => {
        if (!(event.target instanceof Element && event.target.closest("a"))) go({ view: "line", line });
      }}
    >
      <th scope="row">
        <a href={hrefOf({ view: "line", line })}>Line {line}</a>
        {name && name !== `Line ${line}` && <span className="quiet"> {name}</span>}
      </th>
      <td>
        {counts && counts.critical > 0 && (
          <span className="critical">
            {GLYPH.critical} {counts.critical} critical{" "}
          </span>
        )}
        {counts && counts.doubtful > 0 && (
          <span className="amber">
            {GLYPH.stale} {counts.doubtful} not live{" "}
          </span>
        )}
        {counts && counts.pending > 0 && (
          <span className="blue">
            {GLYPH.pending} {counts.pending} pending
          </span>
        )}
        {idle > 0 && (
          <a href={hrefOf({ view: "line", line }, { filter: "not-running" })}>
            {GLYPH.idle} {idle} not running
          </a>
        )}
        {idle === 0 && (!counts || counts.critical + counts.doubtful + counts.pending === 0) && (
          <span className="quiet">nothing</span>
        )}
      </td>
      <td className="number">{kpis ? `${kpis.running ?? "–"} of ${kpis.machines ?? "–"}` : "–"}</td>
      <td className="number">
        {shown(actual, kpis?.meanSpeed)} <span className="unit">{actual?.unit}</span>
      </td>
      <td className="number">{shown(null, kpis?.parts)}</td>
      <td className="number">{percent(kpis?.availability)}</td>
    </tr>
  );
}

/** The gravest first; then machines that are not surely live. */
function Attention() {
  const { critical, doubtful } = useConcerns();
  const known = new Set(critical.map(({ machine }) => machine));
  const all = [...critical, ...doubtful.filter(({ machine }) => !known.has(machine))];
  if (all.length === 0) return null;
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <ul className="attention">
        {all.slice(0, MOST_LISTED).map((concern) => (
          <ConcernRow key={concern.machine} concern={concern} />
        ))}
      </ul>
      {all.length > MOST_LISTED && <p className="quiet">and {all.length - MOST_LISTED} more machines</p>}
    </section>
  );
}
