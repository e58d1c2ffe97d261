/** A wall display: one line at a time, large. Nobody can reach it, so it has no controls. */

import { useEffect, useMemo, useState } from "react";
import { lineTitle } from "../../format/index.ts";
import { useTopics } from "../../hooks/useLiveSocket.ts";
import { useConcerns } from "../../hooks/useSession.ts";
import { useSession } from "../../session/context.tsx";
import { onTick } from "../../session/ticker.ts";
import { t } from "../../texts/catalogue.ts";
import { remPx } from "../../ui/rem.ts";
import { AlertBar } from "../alerts/AlertBar.tsx";
import { ConnectionBadge, DisconnectedBar } from "../frame/Header.tsx";
import { KpiSentence } from "../plant/Kpis.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { capacityOf, columnsFor, pageAt, ROTATE_MS, type WallPage, wallPages } from "./rotation.ts";
import { WallTile } from "./WallTile.tsx";

const LISTED_LINES = 20;
/** The height of header, alert bar and footer. */
const FRAME_SHARE = 0.27;

export function KioskView() {
  const { plant } = usePlant();
  const session = useSession();
  const { critical } = useConcerns();
  const { width, height } = useWindowSize();
  const turn = useTurn();
  const pages = useMemo(
    () => wallPages(plant.lines, capacityOf(width, height * (1 - FRAME_SHARE), remPx())),
    [plant, width, height],
  );
  const page = pageAt(pages, critical, turn, session.serverTime());
  if (!page) return <p className="empty">{t("kiosk-no-lines")}</p>;
  const columns = columnsFor(page.machines.length, width, height * (1 - FRAME_SHARE));
  return (
    <div className="kiosk">
      <WallHead page={page} />
      <DisconnectedBar />
      <AlertBar isWall />
      <main
        id="main"
        className="kiosk-tiles"
        style={{
          ["--columns" as string]: columns,
          ["--rows" as string]: Math.ceil(page.machines.length / columns),
        }}
      >
        {page.machines.map((machine) => (
          <WallTile key={machine} machine={machine} topic={`line:${page.line}`} />
        ))}
      </main>
      <WallFoot page={page} />
    </div>
  );
}

function WallHead({ page }: { page: WallPage }) {
  const { plant, clock } = usePlant();
  const topic = `line:${page.line}`;
  useTopics([topic]);
  const session = useSession();
  const [now, setNow] = useState(() => session.serverTime());
  useEffect(() => onTick(() => setNow(session.serverTime())), [session]);
  const name = plant.lines.find(({ id }) => id === page.line)?.name;
  return (
    <header className="kiosk-head">
      <h1 className="clip" title={name}>
        {lineTitle(page.line, name ?? "")}
        {page.pages > 1 ? ` · ${t("kiosk-page", { page: page.page + 1, pages: page.pages })}` : ""}
      </h1>
      <KpiSentence topic={topic} />
      <ConnectionBadge />
      <time>{clock.minute(now)}</time>
    </header>
  );
}

function WallFoot({ page: { line } }: { page: WallPage }) {
  const { lines } = usePlant().plant;
  if (lines.length > LISTED_LINES)
    return (
      <p className="kiosk-lines quiet">
        {t("kiosk-lines", { at: lines.findIndex(({ id }) => id === line) + 1, count: lines.length })}
      </p>
    );
  return (
    <ol className="kiosk-lines" aria-label={t("lines-title")}>
      {lines.map(({ id }) => (
        <li key={id} title={id} aria-current={id === line ? "true" : undefined}>
          {id}
        </li>
      ))}
    </ol>
  );
}

function useTurn(): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((before) => before + 1), ROTATE_MS);
    return () => clearInterval(timer);
  }, []);
  return turn;
}

function useWindowSize(): { width: number; height: number } {
  const [size, setSize] = useState({ width: window.innerWidth, height: window.innerHeight });
  useEffect(() => {
    const measure = () => setSize({ width: window.innerWidth, height: window.innerHeight });
    window.addEventListener("resize", measure);
    return () => window.removeEventListener("resize", measure);
  }, []);
  return size;
}
