/** Who sent a batch, when, from which file and why. */
import { hrefOf } from "../../router.ts";
import type { Story } from "../../session/batches.ts";
import { useSession } from "../../session/context.tsx";
import { t } from "../../texts/catalogue.ts";
import { usePlant } from "../plant/plantContext.ts";
import { downloadOriginal } from "../upload/annotated.ts";

export function BatchFacts({ story }: { story: Story }) {
  const session = useSession();
  const { clock } = usePlant();
  const { txId, person, at, source, reason, follows, kind } = story;
  return (
    <dl className="facts">
      <dt>{t("batch-by")}</dt>
      <dd>
        {person}, {clock.full(at)}
      </dd>
      {source && (
        <>
          <dt>{t("batch-file")}</dt>
          <dd>
            <button type="button" className="plain" onClick={() => void downloadOriginal(session, txId)}>
              {source.filename}
              <span className="unseen">{t("batch-file-as-it-was")}</span>
            </button>
            , {t("batch-rows", { count: source.rows })},{" "}
            <span title={`SHA-256 ${source.sha256}`}>
              SHA-256 <code>{source.sha256.slice(0, 12)}…</code>
            </span>
          </dd>
        </>
      )}
      {reason && (
        <>
          <dt>{t("batch-reason")}</dt>
          <dd>{reason}</dd>
        </>
      )}
      {follows && (
        <>
          <dt>{t(kind === "undo" ? "batch-undoes" : "batch-follows")}</dt>
          <dd>
            <a href={hrefOf({ view: "batch", txId: follows })}>{t("batch-earlier")}</a>
          </dd>
        </>
      )}
    </dl>
  );
}
