/** Mounts the board. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./styles/tokens.css";
import "./styles/frame.css";
import "./features/alerts/alerts.css";
import "./features/line/tile.css";
import "./features/kiosk/kiosk.css";
import "./features/machine/setPoint.css";
import "./features/plant/plant.css";
import "./styles/pages.css";
import "./styles/toast.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root to mount the board in");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
