/** Progress while the worker reads a workbook, with a button to cancel. */
import { t } from "../../texts/catalogue.ts";
import type { UploadIn } from "./workbook.ts";

export function Reading({ state: { name, done, total, cancel } }: { state: UploadIn<"reading"> }) {
  return (
    <section className="choose" aria-busy="true">
      <h1>{t("reading-title", { file: name })}</h1>
      <progress
        {...(total > 0 ? { value: done, max: total } : {})}
        aria-label={t("reading-title", { file: name })}
      />
      <p role="status">{total > 0 ? t("reading-rows", { done, total }) : t("reading-opening")}</p>
      <div className="buttons">
        <button type="button" onClick={cancel}>
          {t("reading-cancel")}
        </button>
      </div>
    </section>
  );
}
