/** The whole plant: what needs attention first, then every line with its figures. */
import { KpiSentence, percent } from "../components/Kpis.tsx";
import { usePlant } from "../components/plantContext.ts";
import { Age } from "../components/ticker.tsx";
import { GLYPH, qualityWord, shown, statusWord } from "../components/words.ts";
import { type Concern, useConcerns, useKpis } from "../live.ts";
import { go, hrefOf } from "../router.ts";

const MOST_LISTED = 50;

export function PlantView() {
  const { plant } = usePlant();
  return (
    <>
      <div className="view-head">
        <h1>{plant.name}</h1>
        <KpiSentence topic="dashboard:global" />
      </div>
      <Attention />
      <h2>Lines</h2>
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
  return (
    <tr className="is-link" onClick={() => go({ view: "line", line })}>
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
        {(!counts || counts.critical + counts.doubtful + counts.pending === 0) && (
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

/** Critical first, newest on top; then machines that are not surely live. */
function Attention() {
  const { critical, doubtful } = useConcerns();
  const onlyDoubtful = doubtful.filter((each) => !critical.includes(each));
  const all = [...critical, ...onlyDoubtful];
  if (all.length === 0) return null;
  return (
    <section aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <ul className="attention">
        {all.slice(0, MOST_LISTED).map((concern) => (
          <AttentionRow key={concern.machine} concern={concern} />
        ))}
      </ul>
      {all.length > MOST_LISTED && <p className="quiet">and {all.length - MOST_LISTED} more machines</p>}
    </section>
  );
}

function AttentionRow({ concern }: { concern: Concern }) {
  const { plant, clock } = usePlant();
  const about = plant.machines.get(concern.machine);
  return (
    <li>
      <a
        href={hrefOf({ view: "machine", machine: concern.machine })}
        className={concern.isCritical ? "is-critical" : ""}
      >
        <strong>{about?.id ?? concern.machine}</strong>
        <span>
          {concern.isCritical
            ? `${GLYPH.critical} ${statusWord(concern.status)}`
            : `${GLYPH.stale} ${qualityWord(concern.quality)}`}
        </span>
        <span>
          {concern.isCritical && concern.quality !== "GOOD" && `${GLYPH.stale} last known · `}
          {concern.isCritical
            ? concern.since !== null && (
                <>
                  since {clock.time(concern.since)} · <Age since={concern.since} />
                </>
              )
            : concern.seen !== null && (
                <>
                  last contact {clock.time(concern.seen)} · <Age since={concern.seen} suffix=" ago" />
                </>
              )}
        </span>
        <span className="quiet">
          {about?.name ? `${about.name} · ` : ""}line {about?.line}
        </span>
      </a>
    </li>
  );
}
