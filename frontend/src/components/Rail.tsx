/** The lines, always one click away, each with what needs attention in it. */
import { useConcerns } from "../live.ts";
import { hrefOf, useRoute } from "../router.ts";
import { usePlant } from "./plantContext.ts";
import { GLYPH } from "./words.ts";

export function Rail() {
  const { plant } = usePlant();
  const route = useRoute();
  const { byLine } = useConcerns();
  const current =
    route.view === "line"
      ? route.line
      : route.view === "machine"
        ? plant.machines.get(route.machine)?.line
        : null;
  return (
    <nav className="rail" aria-label="Lines">
      <a href={hrefOf({ view: "plant" })} aria-current={route.view === "plant" ? "page" : undefined}>
        Plant
      </a>
      {plant.lines.map((line) => {
        const counts = byLine.get(line.id);
        return (
          <a
            key={line.id}
            href={hrefOf({ view: "line", line: line.id })}
            aria-current={current === line.id ? "page" : undefined}
            title={line.name || undefined}
          >
            <span>
              <span className="unseen">Line </span>
              {line.id}
            </span>
            <span className="rail-counts">
              {counts && counts.critical > 0 && (
                <span className="critical">
                  {GLYPH.critical}
                  {counts.critical}
                  <span className="unseen"> critical</span>
                </span>
              )}
              {counts && counts.doubtful > 0 && (
                <span className="amber">
                  {GLYPH.stale}
                  {counts.doubtful}
                  <span className="unseen"> not live</span>
                </span>
              )}
              {counts && counts.pending > 0 && (
                <span className="blue">
                  {GLYPH.pending}
                  {counts.pending}
                  <span className="unseen"> pending</span>
                </span>
              )}
            </span>
          </a>
        );
      })}
    </nav>
  );
}
