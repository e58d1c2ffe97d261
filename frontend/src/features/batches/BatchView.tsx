/**
 * One batch: who, when, why, from which file, and the outcome of every row; undo, and retry of what failed.
 *
 * The page that sent it follows each row live. After a reload, and for everybody else, the data comes from the server.
 */
import { useEffect, useMemo } from "react";
import { countWords } from "../../format/counts.ts";
import { countOutcomes, tallyOf } from "../../preview/index.ts";
import { hrefOf, useParam } from "../../router.ts";
import type { Story } from "../../session/batches.ts";
import { useTransaction } from "../../store/machine/index.ts";
import { t } from "../../texts/catalogue.ts";
import { watchCommit } from "../frame/toasts.ts";
import { usePlant } from "../plant/plantContext.ts";
import { type Course, courseOf } from "../upload/outcome.ts";
import { useUpload } from "../upload/workbook.ts";
import { BatchActions } from "./BatchActions.tsx";
import { BatchFacts } from "./BatchFacts.tsx";
import { BatchTable } from "./BatchTable.tsx";
import { titleOf } from "./BatchWords.tsx";
import { Figures, groupNamed } from "./Figures.tsx";
import { rowsOfCourse, rowsOfStory, worstFirst } from "./rows.ts";
import { type SentBatch, see, useSent } from "./sent.ts";
import { useBatch } from "./useBatch.ts";
import { Withdraw } from "./Withdraw.tsx";

export function BatchView({ txId }: { txId: string }) {
  useEffect(() => watchCommit(txId), [txId]);
  const course = useCourse(txId);
  const isFollowed = course !== null && course.stage !== "done";
  const { story, problem } = useBatch(txId, !isFollowed);
  const sent = useSent().find((each) => each.txId === txId) ?? null;
  const isOver = course ? course.stage === "done" : story?.status === "done";
  useEffect(() => {
    if (isOver) see(txId);
  }, [isOver, txId]);
  const group = groupNamed(useParam("outcome"));
  const rows = useMemo(() => {
    if (course) return worstFirst(rowsOfCourse(course, sent));
    return story ? worstFirst(rowsOfStory(story, sent)) : null;
  }, [course, story, sent]);
  if (!rows) return <NoBatch problem={problem} />;
  const name = sent?.name ?? (story ? titleOf(story, story.results.length) : "");
  const counts = course?.counts ?? countsOf(story, sent);
  const words = countWords(counts);
  return (
    <div className="upload">
      <div className="view-head">
        <h1>{name}</h1>
        <p role="status" className={course?.stage === "committing" ? "" : "unseen"}>
          {course?.stage === "committing" ? t("upload-sending", { counts: words }) : words}
        </p>
        <span className="spring" />
        <BatchActions txId={txId} story={story} sent={sent} isOver={isOver === true} />
      </div>
      {story && <BatchFacts story={story} />}
      <Figures counts={counts} total={rows.length} chosen={group} />
      <BatchTable rows={group ? rows.filter((row) => row.group === group) : rows} />
      {course && (
        <div className="foot">
          {isFollowed && (
            <progress
              value={course.rows.length - course.counts.open}
              max={course.rows.length}
              aria-label={t("upload-with-outcome")}
            />
          )}
          <Withdraw txId={txId} isOpen={isFollowed} />
          <span className="spring" />
          <a className="button" href={hrefOf({ view: "upload" })}>
            {t("upload-next")}
          </a>
        </div>
      )}
    </div>
  );
}

/** Its progress, if this page has sent it and still knows its preview. */
function useCourse(txId: string): Course | null {
  const { plant, clock } = usePlant();
  const upload = useUpload();
  const transaction = useTransaction(txId);
  const committed = upload.phase === "committed" && upload.txId === txId ? upload : null;
  return useMemo(
    () => committed && courseOf(committed.rows, committed.sent, transaction, { clock, plant }),
    [committed, transaction, clock, plant],
  );
}

function countsOf(story: Story | null, sent: SentBatch | null) {
  return { ...countOutcomes(tallyOf(story?.results ?? [])), notSent: sent?.leftOut ?? 0 };
}

function NoBatch({ problem }: { problem: string | null }) {
  return (
    <div className="empty">
      <h1>{t(problem ? "batch-failed" : "batch-reading")}</h1>
      {problem && <p role="alert">{problem}</p>}
      <p>
        <a href={hrefOf({ view: "batches" })}>{t("batch-all")}</a>
      </p>
    </div>
  );
}
