/**
 * How the board is built: into the server's package, under names that carry a hash, precompressed.
 *
 * Nothing is inlined (the Content-Security-Policy has no `unsafe-*` and no `data:` but for images), and the workbook
 * parser stays out of the first load: it is only ever imported by the worker.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const IN_EVERY_PAGE =
  /node_modules\/(react|react-dom|scheduler|zod|zustand|sonner|@tanstack\/(query-core|react-query))\/|src\/(contract|link|session|hooks|format|store|router|api|queries|zod)\b/;
const OUT_DIR = "../src/setpoint/server/board";
const SERVER = process.env.SETPOINT_URL ?? "http://127.0.0.1:8000";

/** Writes `.gz` and `.br` beside each text asset, so that the server never compresses the same bytes twice. */
function precompressed(): Plugin {
  let directory = "";
  return {
    name: "precompressed",
    apply: "build",
    configResolved(config) {
      directory = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
        const path = join(directory, entry);
        if (!/\.(js|css|html|svg|json|webmanifest)$/.test(entry) || statSync(path).size < 1024) continue;
        const bytes = readFileSync(path);
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(
          `${path}.br`,
          brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
        );
      }
    },
  };
}

/** sonner puts its styles into the page as a `<style>`, which the policy forbids: they come as a file instead (toast.css). */
function withoutInjectedStyles(): Plugin {
  return {
    name: "without-injected-styles",
    transform(code, id) {
      if (!/[/\\]sonner[/\\]dist[/\\]index\.mjs$/.test(id)) return null;
      const without = code.replace(/^__insertCSS\(.*\);?$/m, "");
      if (without === code) this.error("sonner no longer injects its styles as expected; see toast.css");
      return { code: without, map: null };
    },
  };
}

export default defineConfig({
  plugins: [react(), withoutInjectedStyles(), precompressed()],
  optimizeDeps: { exclude: ["sonner"] },
  build: {
    outDir: OUT_DIR,
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 700,
    // What every page needs comes as one file; cut into a dozen it would be larger, and asked for a dozen times.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "base", test: IN_EVERY_PAGE }] } } },
  },
  worker: { format: "es" },
  server: {
    host: "127.0.0.1",
    proxy: {
      // An object keeps the Host header, so that the server sees a page of its own; a string would not.
      "/api": { target: SERVER },
      "/live": { target: SERVER, ws: true },
    },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/examples.ts"],
    testTimeout: process.env.SETPOINT_TESTS === "full" ? 300_000 : 30_000,
  },
});
