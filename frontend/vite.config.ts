/**
 * How the board is built: into the server's package, under names that carry a hash, precompressed.
 *
 * Nothing is inlined (the Content-Security-Policy has no `unsafe-*` and no `data:` but for images), and the workbook
 * parser stays out of the first load: it is only ever imported by the worker.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { FluentResource } from "@fluent/bundle";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { licencesText } from "./licences.ts";

const IN_EVERY_PAGE =
  /node_modules\/(react|react-dom|scheduler|zod|zustand|@tanstack\/(query-core|react-query)|@fluent\/bundle)\/|src\/(contract|link|session|hooks|format|store|texts\/(?!english|german|pseudo)|router|api|queries|zod)\b/;
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

/** Writes the licences of what is bundled beside it (licences.ts). */
function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "licences.txt", source: licencesText(import.meta.dirname) });
    },
  };
}

/** Reads the catalogue's files at build time, so that the page needs no parser: an object of each text's pattern by its id. */
function fluent(): Plugin {
  return {
    name: "fluent",
    transform(source, id) {
      if (!id.endsWith(".ftl")) return null;
      const patterns = new FluentResource(source).body.map(({ id: name, value }) => [name, value]);
      return { code: `export default ${JSON.stringify(Object.fromEntries(patterns))}`, map: null };
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

/** zod gives every schema a way to become a JSON schema, which no page uses: 5 KB of the first load (brotli). */
function withoutJsonSchema(): Plugin {
  return {
    name: "without-json-schema",
    apply: "build",
    transform(code, id) {
      if (!/[/\\]zod[/\\]v4[/\\]core[/\\](json-schema-processors|to-json-schema)\.js$/.test(id)) return null;
      const names = [...code.matchAll(/^export (?:const|function) (\w+)/gm)].map(([, name]) => name);
      if (names.length === 0) this.error("zod no longer exports what it makes JSON schemas with as expected");
      return { code: names.map((name) => `export const ${name} = () => undefined;`).join("\n"), map: null };
    },
  };
}

export default defineConfig({
  plugins: [react(), fluent(), withoutInjectedStyles(), withoutJsonSchema(), licences(), precompressed()],
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
    // The catalogue of texts lies beside the server.
    fs: { allow: [".."] },
    proxy: {
      // An object keeps the Host header, so that the server sees a page of its own; a string would not.
      "/api": { target: SERVER },
      "/live": { target: SERVER, ws: true },
    },
  },
  test: {
    environment: "node",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/examples.ts", "src/testing/patience.ts", "src/testing/texts.ts"],
    testTimeout: process.env.SETPOINT_TESTS === "full" ? 300_000 : 30_000,
  },
});
