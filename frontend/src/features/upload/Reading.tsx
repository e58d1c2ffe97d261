/** Progress while the worker reads a workbook, with a button to cancel. */
import { shown } from "../../format/index.ts";
import type { UploadIn } from "./workbook.ts";

export function Reading({ state: { name, done, total, cancel } }: { state: UploadIn<"reading"> }) {
  return (
    <section className="choose" aria-busy="true">
      <h1>Reading {name}</h1>
      <progress {...(total > 0 ? { value: done, max: total } : {})} aria-label={`Reading ${name}`} />
      <p role="status">
        {total > 0 ? `${shown(null, done)} of ${shown(null, total)} rows checked` : "Opening the file"}
      </p>
      <div className="buttons">
        <button type="button" onClick={cancel}>
          Cancel
        </button>
      </div>
    </section>
  );
}
