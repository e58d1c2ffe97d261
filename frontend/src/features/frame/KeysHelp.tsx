/** The keys, listed. */
import { t } from "../../texts/catalogue.ts";
import { Dialog } from "../../ui/Dialog.tsx";

/** The keys, and the texts that say what each does. */
const KEYS = [
  ["Tab", "key-tab"],
  ["← ↑ → ↓", "key-arrows"],
  ["Enter", "key-enter"],
  ["Esc", "key-escape"],
  ["/", "key-search"],
  ["f", "key-trouble"],
  ["u", "key-upload"],
  ["g p", "key-plant"],
  ["g 0 1", "key-line"],
  ["g b", "key-batches"],
  ["Alt T", "key-notices"],
  ["?", "key-help"],
] as const;

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
