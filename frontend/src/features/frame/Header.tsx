/** The head of every page: the plant, the state of the connection, the person, and the search for a machine. */
import { useEffect, useState } from "react";
import { GLYPH } from "../../format/index.ts";
import { useConnection, useMe } from "../../hooks/useSession.ts";
import { hrefOf } from "../../router.ts";
import { onTick } from "../../session/ticker.ts";
import { Age } from "../../ui/Age.tsx";
import { usePlant } from "../plant/plantContext.ts";
import { CommandBox } from "./CommandBox.tsx";

export function Header({ onKeys }: { onKeys: () => void }) {
  const { plant } = usePlant();
  const me = useMe();
  return (
    <header className="header">
      <a className="brand" href={hrefOf({ view: "plant" })}>
        <strong>Setpoint</strong>
        <span className="brand-plant"> · {plant.name}</span>
      </a>
      <nav className="header-nav" aria-label="Pages">
        <a href={hrefOf({ view: "batches" })}>Batches</a>
        <a href={hrefOf({ view: "upload" })}>Upload</a>
        {me?.role === "admin" && <a href={hrefOf({ view: "people" })}>People</a>}
      </nav>
      <span className="spring" />
      <ConnectionBadge />
      <CommandBox />
      <button type="button" className="plain keys-button" onClick={onKeys} aria-label="Keys">
        ?
      </button>
      {me && (
        <a className="me" title={`Role: ${me.role}`} href={hrefOf({ view: "account" })}>
          {me.name}
          {me.role === "viewer" && <span className="quiet"> (viewer)</span>}
        </a>
      )}
    </header>
  );
}

const STATE_WORDS = {
  CONNECTING: "Connecting",
  CONNECTED: "Connected",
  STALE: "No heartbeat",
  DISCONNECTED: "Disconnected",
} as const;

/** Three hops, told apart: this browser, the server, the machines. */
export function ConnectionBadge() {
  const connection = useConnection();
  const { state, lastFrameMs, doubtfulMachines } = connection;
  const machines = doubtfulMachines === 0 ? "machines good" : `${GLYPH.stale} ${doubtfulMachines} not good`;
  return (
    <section className={`connection is-${state.toLowerCase()}`} aria-label="Connection">
      <span className="connection-dot" aria-hidden="true" />
      <span role="status">{STATE_WORDS[state]}</span>
      {lastFrameMs !== null && (
        <span className="quiet">
          {state === "CONNECTED" ? (
            <FrameAge sinceMs={lastFrameMs} />
          ) : (
            <Age sinceMs={lastFrameMs} suffix=" ago" />
          )}
        </span>
      )}
      <span className="hops quiet" title="This browser, the server, the machines">
        browser {state === "CONNECTED" ? "─" : "╌"} server {state === "CONNECTED" ? "─" : "╌"}{" "}
        {state === "CONNECTED" ? machines : "machines not known"}
      </span>
    </section>
  );
}

/** While all is well the age of the last frame is under some seconds: shown to a tenth, refreshed once a second. */
function FrameAge({ sinceMs }: { sinceMs: number }) {
  const [now, setNow] = useState(() => performance.now());
  useEffect(() => onTick(() => setNow(performance.now())), []);
  return <>{(Math.max(0, now - sinceMs) / 1000).toFixed(1)} s</>;
}

/** Everything else is desaturated: what is shown, and from when. It lies over the foot and moves nothing; it cannot be closed. */
export function DisconnectedBar() {
  const { state, lastFrameMs, retryAtMs, finalReason, lastFrameTs } = useConnection();
  const { clock } = usePlant();
  const [now, setNow] = useState(() => performance.now());
  const isShown = state === "DISCONNECTED" || (state === "CONNECTING" && lastFrameMs !== null);
  useEffect(() => (isShown ? onTick(() => setNow(performance.now())) : undefined), [isShown]);
  if (!isShown) return null;
  const wait = retryAtMs === null ? 0 : Math.ceil((retryAtMs - now) / 1000);
  return (
    <div className="disconnected-bar" role="alert">
      <strong>{finalReason === null ? "Disconnected." : sentence(finalReason)}</strong>{" "}
      {lastFrameMs === null || lastFrameTs === null ? (
        "Nothing was received yet."
      ) : (
        <>
          Shown: what was known at {clock.time(lastFrameTs)}, <Age sinceMs={lastFrameMs} suffix=" ago" />.
        </>
      )}{" "}
      {finalReason === null && (wait > 0 ? `Trying again in ${wait} s.` : "Trying again now.")}
      {finalReason && (
        <button type="button" onClick={() => window.location.reload()}>
          Load the page again
        </button>
      )}
    </div>
  );
}

/** With a capital and its full stop, so that the next sentence does not run into it. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
