/** Mounts the board. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App, askAhead } from "./app.tsx";
import { startLanguage } from "./texts/language.ts";
import "./styles/tokens.css";
import "./features/frame/frame.css";
import "./features/line/lineNav.css";
import "./ui/controls.css";
import "./ui/dialog.css";
import "./features/machine/editor.css";
import "./features/upload/dropZone.css";
import "./features/alerts/alerts.css";
import "./features/line/tile.css";
import "./features/kiosk/kiosk.css";
import "./features/machine/setPoint.css";
import "./features/plant/plant.css";
import "./ui/table.css";
import "./features/alerts/attention.css";
import "./features/machine/machine.css";
import "./features/machine/changes.css";
import "./ui/buttons.css";
import "./features/upload/upload.css";
import "./features/batches/batches.css";
import "./styles/print.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root to mount the board in");
const client = askAhead();
// Not awaited at the top of the module: code that is shared with a page would then become a separate chunk.
void startLanguage().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App client={client} />
    </StrictMode>,
  ),
);
