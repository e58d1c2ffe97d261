/** A file that is not a workbook of targets: why, and that nothing was sent. */
import { GLYPH } from "../../format/index.ts";
import type { UploadIn } from "./workbook.ts";

export function Refused({ state: { name, message, back } }: { state: UploadIn<"refused"> }) {
  return (
    <div className="refused" role="alert">
      <h1>
        {GLYPH.failed} {name} was not read
      </h1>
      <p>{message}</p>
      <p className="quiet">Nothing was sent to any machine.</p>
      {back && (
        <div className="buttons">
          <button type="button" onClick={back}>
            Back to the other sheet
          </button>
        </div>
      )}
    </div>
  );
}
