/** Both sides in the same kind of worker: SheetJS alone as in its documentation, and the board's whole reader. */
import { read } from "@e965/xlsx";
import { type Form, gather } from "../src/ingest/index.ts";
import { readSheets } from "../src/workers/readSheets.ts";

/** `nothing` is the cost of starting a worker and passing it the file and the form. */
export type Side = "nothing" | "sheetjs" | "setpoint";

interface Ask {
  readonly side: Side;
  readonly file: Blob;
  readonly form: Form;
}

self.onmessage = async ({ data: { side, file, form } }: MessageEvent<Ask>) => {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const began = performance.now();
  if (side === "sheetjs") {
    const book = read(bytes, { dense: true });
    if (!book.SheetNames.length) throw new Error("SheetJS found no sheet");
  } else if (side === "setpoint") {
    const steps = gather(await readSheets(bytes), form);
    let step = steps.next();
    while (!step.done) step = steps.next();
    const { valid } = step.value.summary;
    if (valid !== form.machines.length) throw new Error(`${valid} rows were valid`);
  }
  self.postMessage(performance.now() - began);
};
