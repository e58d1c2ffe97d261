/** All German texts of the board, and those of messages that come with their code (SAY-1). */
import type { Patterns } from "./catalogue.ts";

const files = import.meta.glob<Patterns>("../../../src/setpoint/texts/de/{board,pages}/*.ftl", {
  import: "default",
  eager: true,
});
const machines = import.meta.glob<Patterns>("../../../src/setpoint/texts/de/words/machines.ftl", {
  import: "default",
  eager: true,
});

export const german = [...Object.values(files), ...Object.values(machines)];
