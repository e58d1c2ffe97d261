/** A file that is not a workbook of targets: why, and that nothing was sent. */

import { GLYPH } from "../../format/index.ts";
import { t } from "../../texts/catalogue.ts";
import { EncodingPicker } from "./EncodingPicker.tsx";
import type { UploadIn } from "./workbook.ts";

export function Refused({
  state: { name, message, back, reread, encoding },
}: {
  state: UploadIn<"refused">;
}) {
  return (
    <div className="refused" role="alert">
      <h1>
        {GLYPH.failed} {t("refused-title", { file: name })}
      </h1>
      <p>{message}</p>
      <p className="quiet">{t("refused-nothing-sent")}</p>
      {reread && <EncodingPicker encoding={encoding} onChoose={reread} />}
      {back && (
        <div className="buttons">
          <button type="button" onClick={back}>
            {t("refused-back")}
          </button>
        </div>
      )}
    </div>
  );
}
