/** Replaces a page whose code cannot be loaded: the server is not reachable, or it runs another version now. */
import { t } from "../../texts/catalogue.ts";

export function PageFailed({ onAgain }: { onAgain: () => void }) {
  return (
    <div className="empty">
      <h1>{t("frame-page-failed")}</h1>
      <p role="alert">{t("frame-page-failed-why")}</p>
      <p>
        <button type="button" className="primary" onClick={onAgain}>
          {t("frame-page-again")}
        </button>{" "}
        <button type="button" onClick={() => window.location.reload()}>
          {t("connection-reload")}
        </button>
      </p>
    </div>
  );
}
