/** The keys, listed. */
import { t } from "../../texts/catalogue.ts";
import { Dialog } from "../../ui/Dialog.tsx";
import { KEYS } from "./keys.ts";

export function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t("frame-keys")} onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(what)}</dd>
          </div>
        ))}
      </dl>
      <div className="dialog-foot">
        <span className="spring" />
        <button type="button" onClick={onClose}>
          {t("frame-close")}
        </button>
      </div>
    </Dialog>
  );
}
