/** All German texts of the board. */
import type { Patterns } from "./catalogue.ts";

const files = import.meta.glob<Patterns>("../../../src/setpoint/texts/de/{board,pages}/*.ftl", {
  import: "default",
  eager: true,
});

export const german = Object.values(files);
