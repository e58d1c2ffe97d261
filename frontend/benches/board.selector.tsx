/**
 * The baseline of the board's bench: the same line over the same socket, rendered through one selector over the whole
 * store, as in the specification. The tiles have the board's size, figures and style sheet.
 */
import { createRoot } from "react-dom/client";
import { create } from "zustand";
import { decodeDown, type Records, type Value } from "../src/contract/index.ts";
import "../src/styles/tokens.css";
import "../src/features/frame/frame.css";
import "../src/features/line/tile.css";

type Entities = Readonly<{ [machine: string]: Readonly<{ [field: string]: Value }> }>;

interface State {
  readonly server: Entities;
  readonly view: Entities;
}

const useMachines = create<State>(() => ({ server: {}, view: {} }));

/** Part 2 of the specification with nothing pending. It costs one copy. */
function getRenderState(server: Entities): Entities {
  return structuredClone(server);
}

function take(changes: Records): void {
  useMachines.setState(({ server: before }) => {
    const server = { ...before };
    for (const [machine, change] of Object.entries(changes))
      server[machine] = { ...server[machine], ...change };
    return { server, view: getRenderState(server) };
  });
}

function Line() {
  const view = useMachines((state) => state.view);
  return (
    <div className="tiles normal" style={{ display: "grid", gridTemplateColumns: "repeat(4, 1fr)", gap: 8 }}>
      {Object.entries(view).map(([machine, record]) => (
        <article key={machine} className="tile normal" style={{ height: 156 }}>
          <header className="tile-head">{machine}</header>
          <p className="tile-actual">{record.speed}</p>
          <p className="set-point">{record.targetSpeed}</p>
          <p className="tile-rest">
            {record.mode} · {record.temp}
          </p>
        </article>
      ))}
    </div>
  );
}

const line = new URLSearchParams(window.location.search).get("line");
const socket = new WebSocket(new URL("/live", window.location.href.replace(/^http/, "ws")), "setpoint.v1");
socket.onmessage = ({ data }) => {
  const frame = decodeDown(String(data));
  if (frame.type === "hello")
    socket.send(JSON.stringify({ type: "subscribe", id: 1, topic: `line:${line}` }));
  else if (frame.type === "snapshot") take(frame.data.machines);
  else if (frame.type === "delta") take(frame.machines ?? {});
};
const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(<Line />);
