import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The Setpoint server. The page reaches it at its own origin: the server takes writes from its own pages alone. */
const target = process.env.SETPOINT_URL ?? "http://127.0.0.1:8000";
const proxy = { "/api": { target }, "/live": { target, ws: true } };

export default defineConfig({
  plugins: [react()],
  // A pre-bundled package would lose the address of its worker.
  optimizeDeps: { exclude: ["setpoint-live"] },
  worker: { format: "es" },
  server: { proxy },
  preview: { proxy },
});
