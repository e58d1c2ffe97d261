/** Bundles the page into `dist/`. */
import { resolve } from "node:path";
import webpack from "webpack";

const config = {
  mode: "production",
  entry: "./src/main.js",
  output: { path: resolve("dist"), filename: "main.js", clean: true },
  performance: { hints: false },
};

webpack(config, (error, stats) => {
  if (!error && !stats.hasErrors()) return;
  process.stderr.write(`${error ?? stats.toString({ colors: false })}\n`);
  process.exitCode = 1;
});
