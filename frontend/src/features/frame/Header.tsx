/** The head of every page: the plant, the state of the connection, the person, and the search for a machine. */
import { useEffect, useState } from "react";
import { GLYPH } from "../../format/index.ts";
import { useConnection, useMe } from "../../hooks/useSession.ts";
import { go, hrefOf } from "../../router.ts";
import { onTick } from "../../session/ticker.ts";
import { Age } from "../../ui/Age.tsx";
import { usePlant } from "../plant/plantContext.ts";

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
      <MachineSearch />
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

/** Under it everything is desaturated: what is shown, and from when. It cannot be closed. */
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
      <strong>{state === "CONNECTING" ? "Connecting again." : "Disconnected."}</strong>{" "}
      {lastFrameMs === null || lastFrameTs === null ? (
        "Nothing was received yet."
      ) : (
        <>
          Shown: what was known at {clock.time(lastFrameTs)}, <Age sinceMs={lastFrameMs} suffix=" ago" />.
        </>
      )}{" "}
      {finalReason ?? (state === "DISCONNECTED" && wait > 0 ? `Trying again in ${wait} s.` : "")}
      {finalReason && (
        <button type="button" onClick={() => window.location.reload()}>
          Load the page again
        </button>
      )}
    </div>
  );
}

const MOST_FOUND = 8;

/** `/` comes here. Finds by id and by name; Enter opens the first. */
function MachineSearch() {
  const { plant } = usePlant();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const wanted = text.trim().toLowerCase();
  const found = wanted
    ? [...plant.machines.values()].filter(
        (machine) => machine.id.includes(wanted) || machine.name.toLowerCase().includes(wanted),
      )
    : [];
  const listed = found.slice(0, MOST_FOUND);
  const open = (machine: string) => {
    setText("");
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    go({ view: "machine", machine });
  };
  return (
    <search className="search">
      <input
        id="search"
        type="search"
        role="combobox"
        placeholder="Search   /"
        aria-label="Search a machine"
        aria-expanded={wanted !== ""}
        aria-controls="search-found"
        aria-activedescendant={listed[at] ? `found-${listed[at].key}` : undefined}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onBlur={() => setText("")}
        onKeyDown={(event) => {
          const chosen = listed[at];
          if (event.key === "Enter" && chosen) open(chosen.key);
          else if (event.key === "ArrowDown") setAt(Math.min(at + 1, listed.length - 1));
          else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
          else if (event.key === "Escape") {
            setText("");
            event.currentTarget.blur();
          } else return;
          event.preventDefault();
        }}
      />
      {wanted && (
        <div className="search-found" id="search-found" role="listbox" aria-label="Machines found">
          {listed.map((machine, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above has the keys.
            // biome-ignore lint/a11y/useFocusableInteractive: focus stays in the combobox (aria-activedescendant).
            <div
              key={machine.key}
              id={`found-${machine.key}`}
              role="option"
              aria-selected={index === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => open(machine.key)}
            >
              {machine.id} <span className="quiet">{machine.name || `line ${machine.line}`}</span>
            </div>
          ))}
          {found.length === 0 && <p className="quiet">No machine matches “{text.trim()}”.</p>}
          {found.length > MOST_FOUND && <p className="quiet">and {found.length - MOST_FOUND} more</p>}
        </div>
      )}
    </search>
  );
}
