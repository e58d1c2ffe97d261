/** Recognises cells that need no closer check. Twin of `src/setpoint/core/ingest/quick.py`. */
import type { Cell } from "./cells.ts";
import type { FormField } from "./header.ts";

/** Whether a cell is exactly what a field accepts, and can be taken unchanged. */
export function quickly(field: FormField): (cell: Cell | undefined) => boolean {
  switch (field.type) {
    case "number": {
      const low = field.minimum ?? -Number.MAX_VALUE;
      const high = field.maximum ?? Number.MAX_VALUE;
      return (cell) => typeof cell === "number" && cell >= low && cell <= high && !Object.is(cell, -0);
    }
    case "choice": {
      const options = new Set<unknown>(field.options);
      return (cell) => options.has(cell);
    }
    case "text":
      return () => false;
  }
}
