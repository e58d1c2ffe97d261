/** The English texts of the pages that are loaded later. */
import type { Patterns } from "./catalogue.ts";

const files = import.meta.glob<Patterns>("../../../src/setpoint/texts/en/pages/*.ftl", {
  import: "default",
  eager: true,
});

export const pages = Object.values(files);
