/** Files that the server makes on demand: one at a time. A download can be cancelled and leaves nothing behind. */

import { useEffect, useRef, useState } from "react";
import { t } from "../../texts/catalogue.ts";
import { sayFailed } from "../frame/toasts.ts";

interface Export {
  readonly label: string;
  readonly isDisabled?: boolean;
  /** Hands the file to the person; rejects when the signal is aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

export function ExportButtons({ exports }: { exports: readonly Export[] }) {
  const [making, setMaking] = useState<AbortController | null>(null);
  const latest = useRef<AbortController | null>(null);
  useEffect(() => () => latest.current?.abort(), []);
  const make = ({ start }: Export) => {
    const abort = new AbortController();
    latest.current = abort;
    setMaking(abort);
    start(abort.signal)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) sayFailed(error);
      })
      .finally(() => setMaking(null));
  };
  return (
    <>
      {making && (
        <>
          <progress aria-label={t("export-making")} />
          <button type="button" onClick={() => making.abort()}>
            {t("export-cancel")}
          </button>
        </>
      )}
      {exports.map((each) => (
        <button
          key={each.label}
          type="button"
          disabled={each.isDisabled || making !== null}
          onClick={() => make(each)}
        >
          {each.label}
        </button>
      ))}
    </>
  );
}
