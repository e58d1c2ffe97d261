/** Mounts the board. */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import "./styles/tokens.css";
import "./styles/frame.css";
import "./styles/tile.css";
import "./styles/pages.css";
import "./styles/toast.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root to mount the board in");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
