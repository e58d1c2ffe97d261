/** The label of a line in a chart. */

import type { Field } from "../../contract/plant.ts";
import { t } from "../../texts/catalogue.ts";
import type { Line } from "./plot.ts";

export function labelOf(line: Line, field: Field | null): string {
  const name = `${line.machine.replace("_", ":")} ${field?.label || line.field}`;
  return line.isBefore ? t("trends-day-before", { name }) : name;
}
